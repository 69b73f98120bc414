using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Benchmarks.Results;

/// <summary>One entry of a table: a text, a number, or nothing.</summary>
/// <param name="Text">The text.</param>
/// <param name="Number">The number; its column says how it is written.</param>
[JsonConverter(typeof(Converter))]
internal readonly record struct Cell(string? Text, double? Number)
{
    /// <summary>A text.</summary>
    public static implicit operator Cell(string? text) => new(text, null);

    /// <summary>A number, or nothing.</summary>
    public static implicit operator Cell(double? number) => new(null, number);

    /// <summary>A number.</summary>
    public static implicit operator Cell(double number) => new(null, number);

    private sealed class Converter : JsonConverter<Cell>
    {
        public override Cell Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
        {
            JsonTokenType.Number => reader.GetDouble(),
            JsonTokenType.String => reader.GetString(),
            JsonTokenType.Null => default,
            _ => throw new JsonException("A cell is a text, a number or null."),
        };

        public override void Write(Utf8JsonWriter writer, Cell value, JsonSerializerOptions options)
        {
            if (value.Number is { } number)
            {
                writer.WriteNumberValue(number);
            }
            else
            {
                writer.WriteStringValue(value.Text);
            }
        }

        public override bool HandleNull => true;
    }
}
