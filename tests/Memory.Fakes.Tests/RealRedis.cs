namespace Memory.Fakes.Tests;

/// <summary>The real Redis that the test script started, and stand-ins in front of it.</summary>
internal static class RealRedis
{
    private const string Variable = "MEMORY_TEST_REDIS";

    /// <summary>Its address; skips the test when there is none, except in CI.</summary>
    public static string Address => Required(Variable, "./test.sh starts a Redis, or set it to the HOST:PORT of one.");

    /// <summary>A stand-in in front of it.</summary>
    public static async Task<UpstashRedisProxy> ProxyAsync(Func<UpstashRedisProxyOptions, UpstashRedisProxyOptions>? change = null)
    {
        UpstashRedisProxyOptions options = new() { Redis = Address, ReadOnlyToken = "reader" };
        return await UpstashRedisProxy.StartAsync(change?.Invoke(options) ?? options);
    }

    /// <summary>A key that is nobody else's.</summary>
    public static string Key() => $"fakes:{Guid.NewGuid():N}";

    /// <summary>A variable that the test script sets; skips the test when it is not set, except in CI.</summary>
    public static string Required(string variable, string hint)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value)
        {
            return value;
        }

        if (Environment.GetEnvironmentVariable("CI") == "true")
        {
            throw new InvalidOperationException($"{variable} is not set: run the tests with ./test.sh.");
        }

        Assert.Skip($"{variable} is not set: {hint}");
        return "";
    }
}
