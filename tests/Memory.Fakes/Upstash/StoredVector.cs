using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Fakes;

/// <summary>A vector with what was stored beside it.</summary>
internal sealed record StoredVector(string Id, float[] Vector, JsonObject? Metadata, string? Data)
{
    /// <summary>Writes it as an answer shows it.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="request">The request, whose include flags say what is shown; nothing but the id by default.</param>
    /// <param name="score">Its score, in an answer that has scores.</param>
    public void Write(Utf8JsonWriter writer, JsonElement request, double? score = null)
    {
        writer.WriteStartObject();
        writer.WriteString("id", Id);
        if (score is { } value)
        {
            writer.WriteNumber("score", (float)value);
        }

        if (VectorJson.Flag(request, "includeVectors"))
        {
            writer.WriteStartArray("vector");
            foreach (var number in Vector)
            {
                writer.WriteNumberValue(number);
            }

            writer.WriteEndArray();
        }

        if (VectorJson.Flag(request, "includeMetadata") && Metadata is not null)
        {
            writer.WritePropertyName("metadata");
            Metadata.WriteTo(writer);
        }

        if (VectorJson.Flag(request, "includeData") && Data is not null)
        {
            writer.WriteString("data", Data);
        }

        writer.WriteEndObject();
    }
}
