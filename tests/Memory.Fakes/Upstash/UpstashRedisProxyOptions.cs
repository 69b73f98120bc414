namespace Memory.Fakes;

/// <summary>What an <see cref="UpstashRedisProxy"/> is set up with.</summary>
public sealed record UpstashRedisProxyOptions
{
    /// <summary>The Redis behind it, as HOST:PORT.</summary>
    public required string Redis { get; init; }

    /// <summary>The number of the Redis's database that it shows; the service has one only.</summary>
    public int Database { get; init; }

    /// <summary>The token it accepts.</summary>
    public string Token { get; init; } = "fake-token";

    /// <summary>A token with which it accepts reads only. Null: there is none.</summary>
    public string? ReadOnlyToken { get; init; }

    /// <summary>The most bytes that the arguments of one command, or its result, may have.</summary>
    public int MaxCommandBytes { get; init; } = 10_485_760;
}
