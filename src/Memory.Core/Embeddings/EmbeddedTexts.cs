namespace Memory.Core;

/// <summary>
/// Vectors that go with what is being stored. A store keeps them in the same transaction when their space is its current one, or when it has none yet;
/// otherwise the messages are listed among those that await theirs, as if there were none.
/// </summary>
/// <param name="Space">The space of all of them.</param>
/// <param name="Vectors">For each text its vectors of unit length, one after another; nothing for a text that is empty or that the embedder refused for good.</param>
public sealed record EmbeddedTexts(EmbeddingSpace Space, IReadOnlyList<ReadOnlyMemory<float>> Vectors);
