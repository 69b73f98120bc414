using System.Globalization;
using System.Text.Json;
using Memory.Benchmarks.Costs;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Tests;

/// <summary>
/// What each call takes, held to what it took when it was last looked at: requests exactly, allocations with a margin of a quarter and a kilobyte, since the runtime decides from time to time
/// otherwise what lies on the stack. <c>MEMORY_WRITE_COSTS=true</c> writes the numbers of this machine into <c>costs.json</c>; a reader of the change then sees what became dearer.
/// </summary>
[Collection(nameof(Alone))]
public sealed class CostTests
{
    private const double Margin = 1.25, Slack = 1024;

    private static readonly bool IsWritten = Environment.GetEnvironmentVariable("MEMORY_WRITE_COSTS") == "true";
    private static readonly string Costs = Path.Combine(IsWritten ? Path.Combine(Repository.Root.FullName, "tests", "Memory.Benchmarks.Tests") : AppContext.BaseDirectory, "costs.json");
    private static readonly JsonSerializerOptions Format = new() { WriteIndented = true };

    public static TheoryData<string, bool, int> Stores => new()
    {
        { BackendChoice.LibSql, false, 10 },
        { BackendChoice.LibSql, false, 1_000 },
        { BackendChoice.LibSql, true, 1_000 },
        { BackendChoice.Postgres, false, 10 },
        { BackendChoice.Postgres, false, 1_000 },
        { BackendChoice.Postgres, true, 1_000 },
        { BackendChoice.Upstash, false, 10 },
        { BackendChoice.Upstash, false, 1_000 },
        { BackendChoice.Upstash, true, 1_000 },
    };

    [Theory]
    [MemberData(nameof(Stores))]
    public async Task No_call_takes_more_than_it_did(string backend, bool withVectors, int messages)
    {
        using var folder = new TemporaryFolder();
        var place = backend switch
        {
            BackendChoice.Postgres => Servers.Postgres,
            BackendChoice.Upstash => Servers.Redis,
            _ => "",
        };
        await using var store = await new BackendChoice(backend, place).OpenAsync(folder, TestContext.Current.CancellationToken);

        // The stand-ins of Upstash's services work in this process, and allocate too: requests alone are counted there, for which a few calls do.
        var isAlone = backend != BackendChoice.Upstash;
        var costs = await new CallCosts(store, withVectors).CountAsync(messages, isAlone ? CallCosts.Calls : 4, TestContext.Current.CancellationToken);

        var known = JsonSerializer.Deserialize<SortedDictionary<string, Expected>>(await File.ReadAllTextAsync(Costs, TestContext.Current.CancellationToken)) ?? [];
        foreach (var cost in costs)
        {
            var name = string.Create(CultureInfo.InvariantCulture, $"{backend}, {(withVectors ? "with vectors" : "by words")}, {messages:N0}: {cost.Call}");
            if (IsWritten)
            {
                known[name] = new Expected(cost.Requests, isAlone ? Math.Round(cost.Allocated) : 0);
                await File.WriteAllTextAsync(Costs, JsonSerializer.Serialize(known, Format) + "\n", TestContext.Current.CancellationToken);
            }

            Assert.True(known.TryGetValue(name, out var expected), $"costs.json does not know '{name}'.");
            Assert.True(cost.Requests == expected.Requests, $"{name}: {cost.Requests} requests a call, expected {expected.Requests}.");
            Assert.True(
                !isAlone || cost.Allocated <= (expected.AllocatedBytes * Margin) + Slack,
                string.Create(CultureInfo.InvariantCulture, $"{name}: {cost.Allocated:N0} bytes allocated a call, expected {expected.AllocatedBytes:N0} and at most a quarter and a kilobyte more."));
        }
    }

    /// <summary>What a call may take.</summary>
    /// <param name="Requests">Round trips to the storage.</param>
    /// <param name="AllocatedBytes">Managed memory.</param>
    private sealed record Expected(double Requests, double AllocatedBytes);
}
