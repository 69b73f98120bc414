using System.Numerics.Tensors;
using Microsoft.Extensions.AI;
using Microsoft.ML.Tokenizers;

namespace Memory.Core;

/// <summary>Turns texts into vectors of unit length, long ones into several. A text that the generator answers with an empty vector was refused for good.</summary>
public sealed class Embedder
{
    // Any text does: only the length of its vector counts.
    private const string Probe = "dimensions";

    private readonly IEmbeddingGenerator<string, Embedding<float>> generator;
    private readonly TextChunks chunks;
    private int dimensions;

    /// <summary>An embedder over a generator, which stays the caller's to dispose of.</summary>
    /// <param name="generator">Its metadata must name the model; a <see cref="Tokenizer"/> among its services cuts long texts, otherwise o200k does.</param>
    /// <param name="options">How long a chunk is.</param>
    public Embedder(IEmbeddingGenerator<string, Embedding<float>> generator, EmbeddingOptions options)
    {
        this.generator = generator;
        var metadata = generator.GetService(typeof(EmbeddingGeneratorMetadata)) as EmbeddingGeneratorMetadata;
        Model = metadata?.DefaultModelId ?? throw new ArgumentException("The generator's metadata names no model, and vectors must carry one.", nameof(generator));
        dimensions = metadata.DefaultModelDimensions ?? 0;
        chunks = new TextChunks(
            () => generator.GetService(typeof(Tokenizer)) as Tokenizer ?? TokenCounter.O200k, options.ChunkTokens, options.ChunkOverlapTokens, options.MaxChunks);
    }

    /// <summary>The model's name, as stamped on every vector.</summary>
    public string Model { get; }

    /// <summary>The space of this embedder's vectors; asks it for one when nothing else tells their length.</summary>
    /// <exception cref="EmbeddingException">It could not be asked.</exception>
    public async Task<EmbeddingSpace> FindSpaceAsync(CancellationToken cancellationToken = default)
    {
        if (dimensions == 0)
        {
            await EmbedAsync([Probe], cancellationToken);
        }

        if (dimensions == 0)
        {
            throw Wrong("it refuses every text");
        }

        return new EmbeddingSpace(Model, dimensions);
    }

    /// <summary>Embeds texts in one call.</summary>
    /// <returns>For each text its vectors of unit length, one after another; nothing for a text that is empty or was refused.</returns>
    /// <exception cref="EmbeddingException">The embedder failed; no text's fault.</exception>
    public async Task<IReadOnlyList<ReadOnlyMemory<float>>> EmbedAsync(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        var pieces = texts.Select(chunks.Split).ToList();
        List<string> all = [.. pieces.SelectMany(list => list)];
        if (all.Count == 0)
        {
            return [.. texts.Select(_ => ReadOnlyMemory<float>.Empty)];
        }

        var answers = await generator.GenerateAsync(all, cancellationToken: cancellationToken);
        if (CostReceipt.Current is { } receipt && answers.Usage?.InputTokenCount is { } tokens)
        {
            receipt.AddTokens(tokens);
        }

        if (answers.Count != all.Count)
        {
            throw Wrong($"{all.Count} texts were sent and {answers.Count} vectors came back");
        }

        var next = 0;
        return [.. pieces.Select(list => Join([.. list.Select(_ => answers[next++].Vector)]))];
    }

    private ReadOnlyMemory<float> Join(IReadOnlyList<ReadOnlyMemory<float>> vectors)
    {
        List<ReadOnlyMemory<float>> present = [.. vectors.Where(vector => vector.Length > 0)];
        if (present.Count == 0)
        {
            return ReadOnlyMemory<float>.Empty;
        }

        var length = present[0].Length;
        Interlocked.CompareExchange(ref dimensions, length, 0);
        if (length != dimensions || present.Exists(vector => vector.Length != length))
        {
            throw Wrong($"vectors of {present.First(vector => vector.Length != dimensions || vector.Length != length).Length} numbers came where {dimensions} were expected");
        }

        var joined = new float[length * present.Count];
        for (var i = 0; i < present.Count; i++)
        {
            var norm = TensorPrimitives.Norm(present[i].Span);
            if (!float.IsFinite(norm) || norm == 0)
            {
                throw Wrong("a vector without a direction came back");
            }

            TensorPrimitives.Divide(present[i].Span, norm, joined.AsSpan(i * length, length));
        }

        return joined;
    }

    private EmbeddingException Wrong(string reason) => new(Model, isTransient: false, reason);
}
