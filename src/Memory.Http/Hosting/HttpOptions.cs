namespace Memory.Http;

/// <summary>The HTTP API (configuration: <c>Memory:Http</c>).</summary>
public sealed class HttpOptions
{
    /// <summary>The key every request under /v1 must carry, as <c>Authorization: Bearer KEY</c> or <c>x-api-key: KEY</c>; at least 16 characters. Required beyond loopback.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How long the answer of <c>/health/ready</c> holds, in seconds: probes that come sooner cost the storage and the queue nothing.</summary>
    public double ReadyCacheSeconds { get; set; } = 2;
}
