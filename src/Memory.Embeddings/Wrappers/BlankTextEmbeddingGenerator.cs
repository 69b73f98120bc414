using Microsoft.Extensions.AI;

namespace Memory.Embeddings;

/// <summary>
/// Answers texts without a visible character with an empty vector (length 0), the same answer as for a text that is refused for good, and sends on the
/// others. A service refuses an empty text and with it the whole request, and a model makes of it a vector that is near to nothing in particular.
/// </summary>
internal sealed class BlankTextEmbeddingGenerator(IEmbeddingGenerator<string, Embedding<float>> inner) : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    /// <inheritdoc/>
    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        string[] visible = [.. texts.Where(text => !string.IsNullOrWhiteSpace(text))];
        if (visible.Length == texts.Length && texts.Length > 0)
        {
            return await base.GenerateAsync(texts, options, cancellationToken);
        }

        var made = visible.Length == 0 ? [] : await base.GenerateAsync(visible, options, cancellationToken);
        var next = 0;
        return new GeneratedEmbeddings<Embedding<float>>(texts.Select(text => string.IsNullOrWhiteSpace(text) ? new Embedding<float>(default) : made[next++]))
        {
            Usage = made.Usage,
        };
    }
}
