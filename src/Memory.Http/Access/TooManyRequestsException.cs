namespace Memory.Http;

/// <summary>A caller is over a limit, and may come back after a while.</summary>
internal sealed class TooManyRequestsException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>After how long the same request would be taken.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
