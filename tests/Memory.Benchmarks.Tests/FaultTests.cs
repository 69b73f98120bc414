using Memory.Benchmarks.Faults;

namespace Memory.Benchmarks.Tests;

/// <summary>The suite of faults in a short form, and that it finds what it looks for.</summary>
public sealed class FaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(2);

    public static TheoryData<string> All => [.. Scenarios.All.Select(scenario => scenario.ToString())];

    [Theory]
    [MemberData(nameof(All))]
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
