using System.Diagnostics;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Core;
using Memory.Storage.LibSql;

namespace Memory.Benchmarks.Hostile;

/// <summary>One run against one server, which ends with it.</summary>
/// <param name="program">The server's program.</param>
/// <param name="length">How long the traffic goes on.</param>
/// <param name="callers">How many valid callers there are at a time, and how many hostile ones.</param>
internal sealed class HostileRun(string program, TimeSpan length, int callers)
{
    private static readonly TimeSpan SampleInterval = TimeSpan.FromSeconds(15);

    private readonly Answers answers = new();

    /// <summary>Runs, and writes tables.</summary>
    /// <returns>Whether every answer was one of those documented for what was sent, and none a 500.</returns>
    public async Task<bool> RunAsync(TextWriter output, CancellationToken cancellationToken)
    {
        using var folder = new TemporaryFolder();
        var file = folder.NewFile();
        var keys = await KeysAsync(file);
        await using var server = ServerProcess.Start(program, new Dictionary<string, string>
        {
            ["Memory__LibSql__Url"] = $"file:{file}",
            ["Memory__Http__RequireAuthentication"] = "True",
            ["Memory__Http__Tokens__SigningKey"] = Convert.ToBase64String(new byte[32]),
            ["Memory__Http__Limits__RequestsPerMinute"] = "60000",
            ["Memory__Http__Limits__Burst"] = "2000",
            ["Memory__Http__Limits__ConcurrentRequests"] = "64",
            ["Memory__Http__Limits__BodyMegabytes"] = "16",
            ["Memory__Http__Limits__Connections"] = "500",
            ["Memory__Retention__ThreadDays"] = "1",
        });
        await server.ListeningAsync(cancellationToken);
        await Task.WhenAll(keys.Valid.Select(who => new ValidTraffic(server.Address, who, answers, seed: 0).BeginAsync(cancellationToken)));

        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(length);
        List<(TimeSpan At, double Resident, long Answers)> samples = [];
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(
            [
                .. Enumerable.Range(0, callers).Select(i => new ValidTraffic(server.Address, keys.Valid[i % keys.Valid.Count], answers, seed: i).RunAsync(end.Token)),
                .. Enumerable.Range(0, callers).Select(i => new HostileTraffic(server.Address, keys, answers, seed: i).RunAsync(end.Token)),
                SampleAsync(server, start, samples, end.Token),
            ]);
        cancellationToken.ThrowIfCancellationRequested();
        await WriteAsync(output, Stopwatch.GetElapsedTime(start), samples);
        return answers.AreAsDocumented;
    }

    private static async Task<Keys> KeysAsync(string file)
    {
        await using var database = LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{file}" });
        var access = new AccessKeys(new LibSqlKeyStore(database), TimeProvider.System);
        List<(string Resource, string Key)> valid = [];
        for (var i = 0; i < 8; i++)
        {
            valid.Add(($"user-{i}", (await access.CreateAsync(new AccessGrant(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only($"user-{i}")), "valid", expiresAt: null)).Text.Reveal()));
        }

        var eve = await access.CreateAsync(new AccessGrant(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only("eve")), "hostile", expiresAt: null);
        var (revoked, text) = await access.CreateAsync(AccessGrant.Everything, "revoked", expiresAt: null);
        await access.RevokeAsync(revoked.Id);
        return new Keys(valid, eve.Text.Reveal(), text.Reveal());
    }

    private async Task SampleAsync(ServerProcess server, long start, List<(TimeSpan, double, long)> samples, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            await Task.Delay(SampleInterval, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // the end is no fault
            samples.Add((Stopwatch.GetElapsedTime(start), server.ResidentMebibytes ?? 0, answers.Count));
        }
    }

    private async Task WriteAsync(TextWriter output, TimeSpan took, List<(TimeSpan At, double Resident, long Answers)> samples)
    {
        foreach (var (name, value) in Machine.Facts())
        {
            await output.WriteLineAsync($"{name}: {value}");
        }

        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"\n{answers.Count:N0} answers in {took.TotalSeconds:F0} s, {answers.Count / took.TotalSeconds:N0} a second\n"));
        await output.WriteLineAsync("| what was sent | answers | not as documented | p50 ms | p99 ms |\n| --- | --- | ---: | ---: | ---: |");
        foreach (var kind in answers.Kinds)
        {
            await output.WriteLineAsync(kind);
        }

        await output.WriteLineAsync("\n| after s | resident MiB | answers |\n| ---: | ---: | ---: |");
        foreach (var (at, resident, count) in samples)
        {
            await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {at.TotalSeconds:F0} | {resident:F1} | {count:N0} |"));
        }
    }
}

/// <summary>The keys of a run.</summary>
/// <param name="Valid">Keys for a resource each.</param>
/// <param name="Eve">A key that is valid, of somebody who tries everybody else's memory.</param>
/// <param name="Revoked">A key that opened everything once.</param>
internal sealed record Keys(IReadOnlyList<(string Resource, string Key)> Valid, string Eve, string Revoked);
