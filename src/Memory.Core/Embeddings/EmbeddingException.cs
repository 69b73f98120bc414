namespace Memory.Core;

/// <summary>An embedder could not do its work: which one, and whether asking again may help.</summary>
public sealed class EmbeddingException(string embedder, bool isTransient, string reason, TimeSpan? retryAfter = null, Exception? inner = null)
    : Exception($"{embedder} failed to embed: {reason}", inner)
{
    /// <summary>The embedder's name, as in configuration: <c>azure-openai</c>, <c>openai</c>, <c>onnx</c>.</summary>
    public string Embedder { get; } = embedder;

    /// <summary>True when the same call may succeed later without anybody's doing: throttling, a time limit, a lost connection, an error of the service's own.</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The reason alone, fit to show to a caller: no key, no address, no conversation text.</summary>
    public string Reason { get; } = reason;

    /// <summary>How long the service asked to be left alone; null when it did not say.</summary>
    public TimeSpan? RetryAfter { get; } = retryAfter;
}
