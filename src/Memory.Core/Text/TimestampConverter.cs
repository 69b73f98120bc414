using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Core;

/// <summary>Writes times as RFC 3339 in UTC with a Z, and reads what it wrote.</summary>
public sealed class TimestampConverter : JsonConverter<DateTimeOffset>
{
    /// <inheritdoc/>
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        Timestamps.TryParseRfc3339(reader.GetString(), out var time) ? time : throw new JsonException("The value is not an RFC 3339 time with Z or an offset.");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => writer.WriteStringValue(value.ToRfc3339());
}
