using System.Text.Json;
using System.Text.Json.Serialization;
using Memory.Core;

namespace Memory.Cli;

/// <summary>How results are written as JSON: as the HTTP API writes the same things.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    Converters = [typeof(TimestampConverter)],
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ResourceResult))]
[JsonSerializable(typeof(ResourceSummary))]
[JsonSerializable(typeof(ErasedResult))]
[JsonSerializable(typeof(ThreadResult))]
[JsonSerializable(typeof(DeletedResult))]
[JsonSerializable(typeof(MessageResult))]
[JsonSerializable(typeof(RecallOutcome))]
[JsonSerializable(typeof(OperationResult))]
[JsonSerializable(typeof(RedriveResult))]
[JsonSerializable(typeof(SchemaScript))]
[JsonSerializable(typeof(SchemaResult))]
[JsonSerializable(typeof(ReembedResult))]
[JsonSerializable(typeof(DoctorResult))]
[JsonSerializable(typeof(EvalResult))]
[JsonSerializable(typeof(TransferResult))]
[JsonSerializable(typeof(VerificationReport))]
[JsonSerializable(typeof(ExportResult))]
[JsonSerializable(typeof(KeyResult))]
[JsonSerializable(typeof(RevokedResult))]
[JsonSerializable(typeof(ExpiryResult))]
internal sealed partial class CliJson : JsonSerializerContext;
