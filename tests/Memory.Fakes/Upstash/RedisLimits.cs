namespace Memory.Fakes;

/// <summary>What is said of a command or a result that is too large.</summary>
internal static class RedisLimits
{
    /// <summary>The error, whose wording is a guess: others report only that it names the limit in bytes.</summary>
    public static string Exceeded(long size, int limit) => $"ERR max request size exceeded. Limit: {limit} bytes, Actual: {size} bytes";
}
