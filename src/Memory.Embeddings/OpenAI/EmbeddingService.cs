namespace Memory.Embeddings;

/// <summary>Which service is asked, and for what.</summary>
/// <param name="Embedder">Its name in failures: <c>azure-openai</c> or <c>openai</c>.</param>
/// <param name="Section">Where it stands in configuration; failures name settings below it.</param>
/// <param name="Endpoint">Its address; never in a failure.</param>
/// <param name="Target">What a request asks for: the model's name, on Azure the deployment's.</param>
/// <param name="Model">The model's name as it is stamped on vectors.</param>
/// <param name="Dimensions">How many numbers to ask for; null asks for nothing.</param>
/// <param name="Timeout">How long a request may take, signing in included.</param>
internal sealed record EmbeddingService(string Embedder, string Section, Uri Endpoint, string Target, string Model, int? Dimensions, TimeSpan Timeout);
