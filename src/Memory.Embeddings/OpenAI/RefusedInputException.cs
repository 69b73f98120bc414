namespace Memory.Embeddings;

/// <summary>
/// The cause inside an <see cref="Memory.Core.EmbeddingException"/> when a service refused what was sent, rather than who sent it or when: status 400;
/// also 413 and 422, which text-embeddings-inference answers for too long a text or too large a batch. One bad text makes a whole request bad.
/// </summary>
internal sealed class RefusedInputException(int status) : Exception($"The service refused the input with status {status}.");
