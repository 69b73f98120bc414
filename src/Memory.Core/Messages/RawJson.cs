using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Core;

/// <summary>A valid JSON value kept as the very text it came in: white space, escapes and number forms survive a round trip.</summary>
/// <param name="Text">The JSON text.</param>
[JsonConverter(typeof(RawJsonConverter))]
public sealed record RawJson(string Text)
{
    /// <summary>Parses the text for reading, halves of surrogate pairs replaced by U+FFFD; the caller disposes the document.</summary>
    public JsonDocument Parse() => JsonDocument.Parse(LoneSurrogates.Replace(Text));

    /// <inheritdoc/>
    public override string ToString() => Text;
}

/// <summary>Captures a value's raw text while the rest of the request is deserialized, and writes it back unchanged.</summary>
public sealed class RawJsonConverter : JsonConverter<RawJson>
{
    /// <inheritdoc/>
    public override RawJson Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String && !reader.HasValueSequence)
        {
            return new RawJson($"\"{System.Text.Encoding.UTF8.GetString(reader.ValueSpan)}\"");
        }

        return new RawJson(JsonElement.ParseValue(ref reader).GetRawText());
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, RawJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Text, skipInputValidation: true);
}
