using System.Text;
using Microsoft.Extensions.AI;

namespace Memory.Embeddings;

/// <summary>Splits a call into requests that a service accepts: at most so many texts and, estimated, so many tokens each. A text longer than that goes alone.</summary>
internal sealed class BatchingEmbeddingGenerator(IEmbeddingGenerator<string, Embedding<float>> inner, int batchSize, int batchTokens)
    : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    /// <inheritdoc/>
    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        GeneratedEmbeddings<Embedding<float>> all = [];
        foreach (var batch in Batches(values))
        {
            var made = await base.GenerateAsync(batch, options, cancellationToken);
            all.AddRange(made);
            if (made.Usage is { } usage)
            {
                (all.Usage ??= new UsageDetails()).Add(usage);
            }
        }

        return all;
    }

    private IEnumerable<List<string>> Batches(IEnumerable<string> texts)
    {
        List<string> batch = [];
        var tokens = 0L;
        foreach (var text in texts)
        {
            var estimate = EstimateTokens(text);
            if (batch.Count > 0 && (batch.Count == batchSize || tokens + estimate > batchTokens))
            {
                yield return batch;
                (batch, tokens) = ([], 0);
            }

            batch.Add(text);
            tokens += estimate;
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }

    // A token of OpenAI's embedding models is about 4 bytes of English and 3 of Chinese or Japanese (one character), so a third of the bytes is seldom
    // too little. It costs nothing beside counting, needs no model's tokenizer, and what it misses the gap to the service's limit takes up.
    private static long EstimateTokens(string text) => (Encoding.UTF8.GetByteCount(text) + 2) / 3;
}
