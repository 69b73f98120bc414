using Microsoft.Extensions.Options;

namespace Memory.Embeddings;

/// <summary>How an embedding service is called, whichever it is (configuration: <c>Memory:Embedding:Service</c>). A model in this process uses only the cache.</summary>
public sealed class EmbeddingServiceOptions
{
    /// <summary>The most texts in one request. The services refuse more than 2,048.</summary>
    [Between(1, 2048, ErrorMessage = "Memory:Embedding:Service:BatchSize must be 1 to 2048.")]
    public int BatchSize { get; set; } = 256;

    /// <summary>The most tokens in one request, estimated from above. OpenAI refuses more than 300,000.</summary>
    [Between(1, 300_000, ErrorMessage = "Memory:Embedding:Service:BatchTokens must be 1 to 300000.")]
    public int BatchTokens { get; set; } = 250_000;

    /// <summary>How often a failed request is tried again when that may help. 0: never.</summary>
    [Between(0, 10, ErrorMessage = "Memory:Embedding:Service:Retries must be 0 to 10.")]
    public int Retries { get; set; } = 3;

    /// <summary>The longest wait that a service may ask for between tries, in seconds. Asked for more, the call fails at once and says how long to wait.</summary>
    [Between(0, 3600, ErrorMessage = "Memory:Embedding:Service:RetryAfterCapSeconds must be 0 to 3600.")]
    public int RetryAfterCapSeconds { get; set; } = 20;

    /// <summary>How long one request may take, in seconds.</summary>
    [Between(1, 600, ErrorMessage = "Memory:Embedding:Service:TimeoutSeconds must be 1 to 600.")]
    public int TimeoutSeconds { get; set; } = 30;

    /// <summary>How many requests must fail within 30 seconds, and be at least half of all, for the service to be left alone.</summary>
    [Between(2, 1000, ErrorMessage = "Memory:Embedding:Service:BreakerFailures must be 2 to 1000.")]
    public int BreakerFailures { get; set; } = 10;

    /// <summary>How long a failing service is left alone, in seconds; calls meanwhile fail at once.</summary>
    [Between(1, 600, ErrorMessage = "Memory:Embedding:Service:BreakerSeconds must be 1 to 600.")]
    public int BreakerSeconds { get; set; } = 15;

    /// <summary>How many vectors are kept in memory to be used again (1,536 numbers are 6 KiB). 0: none.</summary>
    [Between(0, 10_000_000, ErrorMessage = "Memory:Embedding:Service:CacheEntries must be 0 to 10000000.")]
    public int CacheEntries { get; set; } = 2000;
}

[OptionsValidator]
internal sealed partial class EmbeddingServiceOptionsValidator : IValidateOptions<EmbeddingServiceOptions>;
