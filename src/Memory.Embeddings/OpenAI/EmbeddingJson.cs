using System.Text.Json.Serialization;

namespace Memory.Embeddings;

/// <summary>A request for vectors (https://platform.openai.com/docs/api-reference/embeddings/create).</summary>
/// <param name="Input">The texts.</param>
/// <param name="Model">The model; Azure takes the deployment from the path and ignores this.</param>
/// <param name="EncodingFormat"><c>base64</c>: a third of the size of decimal text.</param>
/// <param name="Dimensions">How many numbers; left out when null, because older models refuse it.</param>
internal sealed record EmbeddingRequest(IReadOnlyList<string> Input, string Model, string EncodingFormat, int? Dimensions);

/// <summary>The answer to a request.</summary>
/// <param name="Data">A vector per text, in any order.</param>
/// <param name="Usage">What it cost.</param>
internal sealed record EmbeddingReply(IReadOnlyList<EmbeddingItem>? Data, EmbeddingUsage? Usage);

/// <summary>One text's vector.</summary>
/// <param name="Index">The text's place in the request.</param>
/// <param name="Embedding">The vector.</param>
internal sealed record EmbeddingItem(int? Index, [property: JsonConverter(typeof(VectorConverter))] float[]? Embedding);

/// <summary>What a request cost.</summary>
/// <param name="PromptTokens">Tokens read.</param>
internal sealed record EmbeddingUsage(long PromptTokens);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(EmbeddingRequest))]
[JsonSerializable(typeof(EmbeddingReply))]
internal sealed partial class EmbeddingJson : JsonSerializerContext;
