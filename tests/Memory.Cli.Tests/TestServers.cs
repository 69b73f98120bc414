namespace Memory.Cli.Tests;

/// <summary>The servers that the test script started.</summary>
internal static class TestServers
{
    /// <summary>A variable that tells of one; the test is skipped without it, except in CI.</summary>
    public static string Require(string variable, string how)
    {
        var value = Environment.GetEnvironmentVariable(variable) ?? "";
        Assert.SkipWhen(value.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", $"{variable} is not set: {how}.");
        Assert.True(value.Length > 0, $"{variable} is not set: run the tests with ./test.sh.");
        return value;
    }
}
