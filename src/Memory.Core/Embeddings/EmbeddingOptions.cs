using System.ComponentModel.DataAnnotations;

namespace Memory.Core;

/// <summary>How messages get their vectors, whichever embedder makes them (configuration: <c>Memory:Embedding</c>).</summary>
public sealed class EmbeddingOptions
{
    /// <summary>
    /// <c>Inline</c> embeds before the append is stored, within <see cref="InlineTimeoutSeconds"/>, and stores both at once; <c>Queued</c> leaves it to a worker,
    /// and the append is answered at once. What was not embedded stays listed and is embedded by the worker either way.
    /// </summary>
    [EnumDataType(typeof(EmbeddingMode))]
    public EmbeddingMode Mode { get; set; } = EmbeddingMode.Inline;

    /// <summary>The longest that an append or edit waits for the embedder, in seconds.</summary>
    [Range(0.05, 300)]
    public double InlineTimeoutSeconds { get; set; } = 5;

    /// <summary>The longest that a recall waits for its question's vector, in seconds; it then searches by words.</summary>
    [Range(0.05, 300)]
    public double QueryTimeoutSeconds { get; set; } = 2;

    /// <summary>The most tokens embedded as one vector; a longer message gets several.</summary>
    [Range(16, 8_000)]
    public int ChunkTokens { get; set; } = 512;

    /// <summary>How many tokens a chunk repeats of the one before; less than half of <see cref="ChunkTokens"/>.</summary>
    [Range(0, 4_000)]
    public int ChunkOverlapTokens { get; set; } = 64;

    /// <summary>The most vectors of one message; what lies beyond is found by its words only.</summary>
    [Range(1, 4_096)]
    public int MaxChunks { get; set; } = 64;

    /// <summary>How many messages the worker embeds in one go.</summary>
    [Range(1, 2_048)]
    public int BatchMessages { get; set; } = 64;

    /// <summary>How long the worker may take over these before another takes them over, in seconds.</summary>
    [Range(1, 3_600)]
    public int LeaseSeconds { get; set; } = 120;

    /// <summary>How often the worker looks for messages that await their embedding, in seconds.</summary>
    [Range(0.05, 3_600)]
    public double SweepSeconds { get; set; } = 2;

    /// <summary>The longest wait before a message that could not be embedded is tried again, in seconds; it starts at 1 and doubles.</summary>
    [Range(1, 86_400)]
    public int MaxRetrySeconds { get; set; } = 60;
}

/// <summary>When a message is embedded.</summary>
public enum EmbeddingMode
{
    /// <summary>Before it is stored, if that does not take too long.</summary>
    Inline,

    /// <summary>Later, by a worker.</summary>
    Queued,
}
