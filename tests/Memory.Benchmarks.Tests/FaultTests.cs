using Memory.Benchmarks.Faults;

namespace Memory.Benchmarks.Tests;

/// <summary>The suite of faults in a short form, and that it finds what it looks for.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(1);

    // What these come upon lies before the database: two stand for all, so that the short form is short.
    private static readonly string[] BeforeTheDatabase = ["server killed", "one of two servers killed", "embedder away for an hour", "announced twice, late, shuffled"];

    public static TheoryData<string> InShort =>
        [.. Scenarios.All.Where(scenario => scenario.Backend is "LibSQL file" or "PostgreSQL" || !BeforeTheDatabase.Contains(scenario.Fault)).Select(scenario => scenario.ToString())];

    [Fact]
    public void Every_fault_comes_upon_every_backend_or_a_reason_says_why_not() =>
        Assert.All(
            Scenarios.All.Select(scenario => (scenario.Fault, scenario.Backend)).Concat(Scenarios.LeftOut.Select(one => (one.Fault, one.Backend))).GroupBy(one => one.Fault),
            fault => Assert.Equal(["LibSQL file", "PostgreSQL", "Upstash", "sqld"], fault.Select(one => one.Backend).Order(StringComparer.Ordinal)));

    [Theory]
    [MemberData(nameof(InShort))]
    public async Task Everything_answered_is_there_once_and_in_order_whatever_breaks(string name)
    {
        var seed = Environment.TickCount;
        output.WriteLine($"seed {seed}");
        FaultResult result;
        try
        {
            result = await new FaultRun(Length, seed).RunAsync(Scenarios.All.Single(scenario => scenario.ToString() == name), TestContext.Current.CancellationToken);
        }
        catch (LeftOutException exception)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", exception.Message);
            throw;
        }

        output.WriteLine(result.ToString());
        Assert.True(result.IsClean, result.ToString());
        Assert.True(result.Strikes > 0 && result.Answered > 0, result.ToString());
    }
}
