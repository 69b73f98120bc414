using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli.Tests;

/// <summary><c>migrate</c> and <c>verify</c>, between every two backends, killed, interrupted and while others write.</summary>
public sealed class MigrationTests : IDisposable
{
    private readonly Cli cli = new();

    public static TheoryData<string, string> Pairs
    {
        get
        {
            string[] kinds = ["file", "postgres", "sqld", "upstash"];
            return [.. from one in kinds from other in kinds where one != other select (one, other)];
        }
    }

    public void Dispose() => cli.Dispose();

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task Everything_comes_over_once_and_is_found_there(string one, string other)
    {
        await using var from = await TransferPlace.MakeAsync(one, cli);
        await using var to = await TransferPlace.MakeAsync(other, cli);
        await from.FillAsync();
        string[] places = ["--from", from.Url, "--to", to.Url, "--json"];

        Assert.Equal(120, Number((await cli.RunAsync(["migrate", .. places, "--dry-run"])).Expect(0).Json, "messages"));
        await to.OnAsync(async services => Assert.Empty((await services.GetRequiredService<IMessageStore>().ListResourcesAsync(new ResourceListing(1))).Items));
        var first = (await cli.RunAsync(["migrate", .. places])).Expect(0).Json;
        Assert.Equal((2, 5, 120), (Number(first, "resources"), Number(first, "threads"), Number(first, "messages")));
        Assert.Equal(117, Number(first, "messagesWithVectors")); // one was edited, and two of the other resource never had any
        Assert.Equal(3, Number(first, "pendingEmbeddings"));
        Assert.Equal(2, Number(first, "workingMemories"));

        var second = (await cli.RunAsync(["migrate", .. places])).Expect(0).Json;
        Assert.Equal((0, 5, 0, 0), (Number(second, "threads"), Number(second, "unchangedThreads"), Number(second, "messages"), Number(second, "workingMemories")));

        var report = (await cli.RunAsync(["verify", .. places])).Expect(0).Json;
        Assert.Equal((0, 50), (Number(report, "differences"), Number(report, "samples")));
        Assert.Equal(report.GetProperty("source").GetRawText(), report.GetProperty("target").GetRawText());
        await to.OnAsync(async services => Assert.Equal(3, await services.GetRequiredService<IEmbeddingStore>().CountAsync(TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task One_that_is_killed_again_and_again_resumes_and_loses_nothing()
    {
        await using var to = await TransferPlace.PostgresAsync(cli);
        var from = TransferPlace.File(cli, "from.db");
        await from.FillAsync(threads: 20, messages: 400, withVectors: false);
        string[] migrate = ["migrate", "--from", from.Url, "--to", to.Url, "--json"];
        var killed = 0;
        for (var threads = 1; threads < 20; threads += 4)
        {
            var run = await cli.RunAsync(migrate, async process =>
            {
                await to.WaitForThreadsAsync(threads);
                await Cli.SignalAsync(process, "KILL");
            });
            killed += run.ExitCode == 137 ? 1 : 0;
        }

        Assert.True(killed > 0, "Every run was over before it was killed.");
        (await cli.RunAsync(migrate)).Expect(0);
        Assert.Equal(0, Number((await cli.RunAsync(migrate)).Expect(0).Json, "messages"));
        Assert.Equal(8_000, Number((await cli.RunAsync("verify", "--from", from.Url, "--to", to.Url, "--json", "--samples", "10")).Expect(0).Json.GetProperty("target"), "messages"));
    }

    [Fact]
    public async Task A_source_that_is_written_meanwhile_is_caught_up_with()
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync(threads: 10, messages: 300, withVectors: false);
        string[] places = ["--from", from.Url, "--to", to.Url, "--json"];
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var appended = 0;
        var writing = from.OnAsync(async services =>
        {
            var edit = services.GetRequiredService<EditMessages>();
            for (; !stop.IsCancellationRequested; appended++)
            {
                await Seed.AppendAsync(services, "ada", $"t{appended % 10}", ($"live{appended}", $"said meanwhile, number {appended}"));
                if (appended % 10 == 3)
                {
                    await edit.EditAsync($"t{appended % 10}", $"m{20 + (appended % 200)}", message => message with { Content = MessageContent.FromText($"edited {appended}") }, TestContext.Current.CancellationToken);
                }

                if (appended % 10 == 7 && appended < 2_000)
                {
                    await edit.DeleteAsync($"t{appended % 10}", $"m{30 + (appended / 10)}", TestContext.Current.CancellationToken);
                }

                await Task.Delay(2, TestContext.Current.CancellationToken);
            }
        });
        var during = (await cli.RunAsync(["migrate", .. places])).Expect(0).Json;
        await stop.CancelAsync();
        await writing;

        Assert.InRange(Number(during, "passes"), 2, 5);
        Assert.Equal(0, Number((await cli.RunAsync(["migrate", .. places])).Expect(0).Json, "conflicts"));
        Assert.True(appended > 20, "Too little was written meanwhile to tell anything.");
        (await cli.RunAsync(["verify", .. places])).Expect(0);
    }

    [Fact]
    public async Task A_target_that_fails_half_way_is_an_error_and_the_next_run_goes_on()
    {
        await using var sqld = await SqldServer.StartAsync(TestServers.Require("MEMORY_TEST_SQLD_PROGRAM", "./test.sh gets libSQL's server"));
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.At(sqld));
        await from.FillAsync(threads: 30, messages: 300, withVectors: false);
        cli.Variables["Memory__LibSql__Retries"] = "0";
        string[] places = ["--from", from.Url, "--to", to.Url, "--json"];

        var failed = await cli.RunAsync(["migrate", .. places], async _ =>
        {
            await to.WaitForThreadsAsync(2);
            await sqld.KillAsync();
        });
        Assert.True(failed.ExitCode == 1, $"{failed.ExitCode}\n{failed.Output}\n{failed.Error}");
        Assert.StartsWith("memory: libsql failed to", failed.Error, StringComparison.Ordinal);
        Assert.Empty(failed.Output);

        await sqld.BeginAsync();
        (await cli.RunAsync(["migrate", .. places])).Expect(0);
        (await cli.RunAsync(["verify", .. places, "--samples", "10"])).Expect(0);
    }

    [Fact]
    public async Task What_stands_in_the_way_is_reported_and_only_overwritten_when_told()
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync();
        await to.OnAsync(services => Seed.AppendAsync(services, "ada", "t1", ("m0", "Something else was said here.")));
        await to.OnAsync(services => Seed.AppendAsync(services, "stranger", "t2", ("m0", "A stranger's secret.")));
        string[] places = ["--from", from.Url, "--to", to.Url];

        var run = (await cli.RunAsync(["migrate", .. places])).Expect(2);
        Assert.Contains("conflict: resource 'ada', thread 't1', position 1: ", run.Error, StringComparison.Ordinal);
        Assert.Contains("thread 't2': the target has a thread of this id for resource 'stranger'", run.Error, StringComparison.Ordinal);
        await to.OnAsync(async services => Assert.Equal(1, (await services.GetRequiredService<IMessageStore>().FindThreadAsync("t1"))?.MessageCount));

        var overwritten = (await cli.RunAsync(["migrate", .. places, "--overwrite", "--json"])).Expect(2).Json; // the stranger's thread stays
        Assert.Equal((1, 1), (Number(overwritten, "overwrittenThreads"), Number(overwritten, "conflicts")));
        await to.OnAsync(async services =>
        {
            var store = services.GetRequiredService<IMessageStore>();
            Assert.Equal(40, (await store.FindThreadAsync("t1"))?.MessageCount);
            Assert.Equal("A stranger's secret.", (await store.FindMessageAsync("t2", "m0"))?.Message.Content.Text);
        });
    }

    [Fact]
    public async Task A_verification_names_the_first_message_that_differs()
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync();
        string[] places = ["--from", from.Url, "--to", to.Url];
        (await cli.RunAsync(["migrate", .. places])).Expect(0);
        await to.OnAsync(async services =>
        {
            var edit = services.GetRequiredService<EditMessages>();
            await edit.EditAsync("t1", "m7", message => message with { Content = MessageContent.FromText("changed") });
            await edit.DeleteAsync("t2", "m9");
            await Seed.AppendAsync(services, "ada", "only here", ("1", "x"));
        });

        var text = (await cli.RunAsync(["verify", .. places])).Expect(2).Output;
        Assert.Contains("resource 'ada', thread 't1', position 8: the message differs", text, StringComparison.Ordinal);
        Assert.Contains("resource 'ada', thread 't2', position 10: the message is missing in the target", text, StringComparison.Ordinal);
        Assert.Contains("thread 'only here': the thread is only in the target, with 1 messages", text, StringComparison.Ordinal);
        var report = (await cli.RunAsync(["verify", .. places, "--json"])).Expect(2).Json;
        Assert.Equal((3, false), (Number(report, "differences"), report.GetProperty("isSame").GetBoolean()));
        Assert.NotEqual(report.GetProperty("source").GetProperty("digest").GetString(), report.GetProperty("target").GetProperty("digest").GetString());

        // The target is newer: migrating again brings nothing back and says so.
        var again = (await cli.RunAsync(["migrate", .. places, "--json"])).Expect(2).Json;
        Assert.Equal((0, 2), (Number(again, "messages"), Number(again, "conflicts")));
    }

    [Fact]
    public async Task A_large_source_needs_little_memory()
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync(threads: 3, messages: 10_000, withVectors: false);
        var peak = 0L;
        (await cli.RunAsync(["migrate", "--from", from.Url, "--to", to.Url, "--json"], async process =>
        {
            while (!process.HasExited)
            {
                peak = Math.Max(peak, Resident(process));
                await Task.Delay(50, TestContext.Current.CancellationToken);
            }
        })).Expect(0);
        Assert.InRange(peak, 1, 300L * 1024 * 1024);
    }

    [Theory]
    [InlineData("--from and --to name the same place", "--from", "file:a.db", "--to", "a.db")]
    [InlineData("'--to' is required", "--from", "file:a.db")]
    [InlineData("--since must be a time", "--from", "file:a.db", "--to", "file:b.db", "--since", "yesterday")]
    [InlineData("--to must be file:PATH", "--from", "file:a.db", "--to", "ftp://host/x")]
    public async Task Wrong_usage_is_told(string message, params string[] arguments) =>
        Assert.Contains(message, (await cli.RunAsync(["migrate", .. arguments])).Expect(64).Error, StringComparison.OrdinalIgnoreCase);

    internal static int Number(JsonElement report, string name) => report.GetProperty(name).GetInt32();

    private static long Resident(Process process)
    {
        try
        {
            var line = File.ReadLines($"/proc/{process.Id}/status").FirstOrDefault(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[1], CultureInfo.InvariantCulture) * 1024;
        }
        catch (Exception gone) when (gone is IOException or FormatException)
        {
            return 0; // it has just ended
        }
    }
}
