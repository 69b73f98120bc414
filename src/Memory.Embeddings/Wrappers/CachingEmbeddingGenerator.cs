using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Memory;

namespace Memory.Embeddings;

/// <summary>
/// Keeps vectors in memory by the content they were made from, the least recently used given up first, and embeds equal texts of a call once.
/// Empty vectors are not kept: what was refused may be accepted after a change of the service.
/// </summary>
/// <remarks>Microsoft.Extensions.AI's own caching generator needs a distributed cache and writes every vector as JSON.</remarks>
internal sealed class CachingEmbeddingGenerator(IEmbeddingGenerator<string, Embedding<float>> inner, int entries)
    : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    private readonly MemoryCache cache = new(new MemoryCacheOptions { SizeLimit = entries });

    /// <summary>How many vectors are kept now.</summary>
    public int Count => cache.Count;

    /// <inheritdoc/>
    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        var model = this.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelId;
        var keys = Array.ConvertAll(texts, text => Key(model, options?.Dimensions, text));
        Dictionary<Guid, Embedding<float>> known = [];
        Dictionary<Guid, string> missing = [];
        for (var i = 0; i < texts.Length; i++)
        {
            if (cache.TryGetValue(keys[i], out Embedding<float>? kept) && kept is not null)
            {
                known[keys[i]] = kept;
            }
            else
            {
                missing[keys[i]] = texts[i];
            }
        }

        var made = missing.Count == 0 ? [] : await base.GenerateAsync(missing.Values, options, cancellationToken);
        foreach (var (key, embedding) in missing.Keys.Zip(made))
        {
            known[key] = embedding;
            if (!embedding.Vector.IsEmpty)
            {
                cache.Set(key, embedding, new MemoryCacheEntryOptions { Size = 1 });
            }
        }

        // Every caller gets an embedding of its own, whose properties it may change, over the same numbers.
        return new GeneratedEmbeddings<Embedding<float>>(keys.Select(key => new Embedding<float>(known[key].Vector) { ModelId = known[key].ModelId })) { Usage = made.Usage };
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            cache.Dispose();
        }

        base.Dispose(disposing);
    }

    // A cryptographic hash, because whoever could make two texts collide would choose what another's text is compared by.
    private static Guid Key(string? model, int? dimensions, string text)
    {
        var content = string.Create(CultureInfo.InvariantCulture, $"{model}\n{dimensions}\n{text}");
        return new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(content)).AsSpan(0, 16));
    }
}
