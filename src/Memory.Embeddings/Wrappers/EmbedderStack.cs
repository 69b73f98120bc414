using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Memory.Embeddings;

/// <summary>Puts the wrappers around a generator.</summary>
internal static class EmbedderStack
{
    // From outside to inside:
    // blank texts   first, so that nothing else ever sees one;
    // cache         before the telemetry, which thereby shows what was computed and paid for, one span for a call whatever its requests;
    // telemetry
    // batching      before bisecting, so that a bad text costs halvings of one request and not of the call;
    // bisecting     before retrying, so that each half has tries of its own and a refusal, which is never tried again, gets through at once;
    // retrying      next to the service: it is a request that fails, and the breaker counts those.

    /// <summary>Everything a service over the network needs.</summary>
    public static IEmbeddingGenerator<string, Embedding<float>> ForService(
        IEmbeddingGenerator<string, Embedding<float>> service, EmbeddingServiceOptions options, ILoggerFactory loggers, TimeProvider clock)
    {
        var retrying = new RetryingEmbeddingGenerator(service, options, clock);
        var bisecting = new BisectingEmbeddingGenerator(retrying, loggers.CreateLogger<BisectingEmbeddingGenerator>());
        return ForModel(new BatchingEmbeddingGenerator(bisecting, options.BatchSize, options.BatchTokens), options);
    }

    /// <summary>What a model in this process needs too.</summary>
    public static IEmbeddingGenerator<string, Embedding<float>> ForModel(
        IEmbeddingGenerator<string, Embedding<float>> model, EmbeddingServiceOptions options)
    {
        // Set, not left to its default: an environment variable can make the default "texts too".
        const string source = ServiceCollectionExtensions.TelemetrySource;
        var measured = new OpenTelemetryEmbeddingGenerator<string, Embedding<float>>(model, logger: null, source) { EnableSensitiveData = false }; // whoever asked logs the failure
        return new BlankTextEmbeddingGenerator(options.CacheEntries > 0 ? new CachingEmbeddingGenerator(measured, options.CacheEntries) : measured);
    }
}
