using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Memory.Core;

namespace Memory.Http;

/// <summary>All JSON of the API: strict on the way in, nulls left out on the way out.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    PropertyNameCaseInsensitive = false,
    NumberHandling = JsonNumberHandling.Strict,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    Converters = [typeof(TimestampConverter)],
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(AppendRequest))]
[JsonSerializable(typeof(AppendResult))]
[JsonSerializable(typeof(CloneThreadRequest))]
[JsonSerializable(typeof(CreateThreadRequest))]
[JsonSerializable(typeof(ErasedCounts))]
[JsonSerializable(typeof(HealthResponse))]
[JsonSerializable(typeof(MessagePageResponse))]
[JsonSerializable(typeof(MessageResponse))]
[JsonSerializable(typeof(OperationResponse))]
[JsonSerializable(typeof(ProblemBody))]
[JsonSerializable(typeof(RecallRequest))]
[JsonSerializable(typeof(RecallResponse))]
[JsonSerializable(typeof(ResourcePageResponse))]
[JsonSerializable(typeof(ThreadPageResponse))]
[JsonSerializable(typeof(TokenRequest))]
[JsonSerializable(typeof(TokenResponse))]
[JsonSerializable(typeof(ThreadResponse))]
public sealed partial class HttpJson : JsonSerializerContext
{
    /// <summary>The context in use: beside the generated options it writes letters as letters. Answers are JSON documents, not parts of a page.</summary>
    public static HttpJson Api => api ??= new HttpJson(new JsonSerializerOptions(Default.Options) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    // Made when first used: the generated Default in the other part of this class may not be there before.
    private static HttpJson? api;
}
