using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Memory.Embeddings;

/// <summary>
/// Reads a vector in either form: base64 of little-endian 32-bit floats, or an array of numbers. Base64 is what is asked for, and several servers that
/// speak OpenAI's API answer numbers all the same (https://github.com/openai/openai-dotnet/issues/51, https://github.com/LostRuins/koboldcpp/issues/1590).
/// OpenAI's SDK reads base64 only, so its answers are read here instead.
/// </summary>
internal sealed class VectorConverter : JsonConverter<float[]>
{
    /// <inheritdoc/>
    public override float[] Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) => reader.TokenType switch
    {
        JsonTokenType.String => FromBase64(ref reader),
        JsonTokenType.StartArray => FromNumbers(ref reader),
        _ => throw new JsonException("A vector is neither text nor an array."),
    };

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, float[] value, JsonSerializerOptions options) => throw new NotSupportedException("Vectors are only read.");

    private static float[] FromBase64(ref Utf8JsonReader reader)
    {
        if (!reader.TryGetBytesFromBase64(out var bytes) || bytes.Length % sizeof(float) != 0)
        {
            throw new JsonException("A vector is no base64 of 32-bit floats.");
        }

        var vector = new float[bytes.Length / sizeof(float)];
        for (var i = 0; i < vector.Length; i++)
        {
            vector[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes.AsSpan(i * sizeof(float)));
        }

        return vector;
    }

    private static float[] FromNumbers(ref Utf8JsonReader reader)
    {
        List<float> vector = new(1536);
        while (reader.Read() && reader.TokenType == JsonTokenType.Number)
        {
            vector.Add(reader.GetSingle());
        }

        return reader.TokenType == JsonTokenType.EndArray ? [.. vector] : throw new JsonException("A vector holds something that is no number.");
    }
}
