using Memory.Core;
using Microsoft.Extensions.AI;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;

namespace Memory.Embeddings;

/// <summary>
/// Tries again what may help: transient failures, with growing and jittered pauses or after the wait the service asked for, up to a cap. A service that keeps
/// failing is left alone for a while; calls then fail at once with a transient <see cref="EmbeddingException"/> that says for how long.
/// </summary>
internal sealed class RetryingEmbeddingGenerator : DelegatingEmbeddingGenerator<string, Embedding<float>>
{
    private readonly ResiliencePipeline<GeneratedEmbeddings<Embedding<float>>> pipeline;
    private readonly string embedder;

    /// <summary>Wraps a generator.</summary>
    public RetryingEmbeddingGenerator(IEmbeddingGenerator<string, Embedding<float>> inner, EmbeddingServiceOptions options, TimeProvider clock)
        : base(inner)
    {
        embedder = this.GetService<EmbeddingGeneratorMetadata>()?.ProviderName ?? "embedder";
        ResiliencePipelineBuilder<GeneratedEmbeddings<Embedding<float>>> builder = new() { TimeProvider = clock };
        if (options.Retries > 0)
        {
            builder.AddRetry(Retry(options, embedder));
        }

        // The breaker is inside the retry, so that it counts requests and ends the tries of a call when it opens.
        pipeline = builder.AddCircuitBreaker(Breaker(options)).Build();
    }

    /// <inheritdoc/>
    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> texts = values as IReadOnlyList<string> ?? [.. values];
        try
        {
            return await pipeline.ExecuteAsync(async token => await base.GenerateAsync(texts, options, token), cancellationToken);
        }
        catch (BrokenCircuitException exception)
        {
            var last = exception.InnerException is EmbeddingException { Reason: var reason } ? $", last because {reason}" : "";
            throw new EmbeddingException(embedder, isTransient: true, $"it kept failing and is left alone for a while{last}", exception.RetryAfter, exception);
        }
    }

    private static RetryStrategyOptions<GeneratedEmbeddings<Embedding<float>>> Retry(EmbeddingServiceOptions options, string embedder)
    {
        var cap = TimeSpan.FromSeconds(options.RetryAfterCapSeconds);
        return new RetryStrategyOptions<GeneratedEmbeddings<Embedding<float>>>
        {
            MaxRetryAttempts = options.Retries,
            BackoffType = DelayBackoffType.Exponential,
            UseJitter = true,
            Delay = TimeSpan.FromSeconds(0.5),
            OnRetry = _ =>
            {
                Retries.OfEmbedder(embedder);
                return ValueTask.CompletedTask;
            },
            MaxDelay = TimeSpan.FromSeconds(20),

            // Waits of 86,400 seconds have been seen when a day's quota is spent.
            ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is EmbeddingException { IsTransient: true } failure && !(failure.RetryAfter > cap)),

            // Null or nothing asked for: the pause above.
            DelayGenerator = arguments => ValueTask.FromResult(arguments.Outcome.Exception is EmbeddingException { RetryAfter: { } asked } && asked > TimeSpan.Zero ? asked : (TimeSpan?)null),
        };
    }

    private static CircuitBreakerStrategyOptions<GeneratedEmbeddings<Embedding<float>>> Breaker(EmbeddingServiceOptions options) => new()
    {
        MinimumThroughput = options.BreakerFailures,
        FailureRatio = 0.5,
        SamplingDuration = TimeSpan.FromSeconds(30),
        BreakDuration = TimeSpan.FromSeconds(options.BreakerSeconds),
        ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is EmbeddingException { IsTransient: true }),
    };
}
