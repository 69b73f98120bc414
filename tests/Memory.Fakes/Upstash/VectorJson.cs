using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Fakes;

/// <summary>The values in a request about vectors, checked against the service's limits. That a broken one is refused with 422 is documented for the dimensions alone.</summary>
internal static class VectorJson
{
    public const int MaxMetadataBytes = 48 * 1024;
    public const int MaxDataBytes = 1024 * 1024;

    public static bool Flag(JsonElement request, string name) => request.ValueKind == JsonValueKind.Object && request.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public static string? Text(JsonElement request, string name) => Property(request, name) is { } value
        ? value.ValueKind switch
        {
            JsonValueKind.String => value.GetString(),
            JsonValueKind.Number => value.GetRawText(), // the official client sends ids that are numbers as they are
            _ => throw Bad($"{name} must be a string"),
        }
        : null;

    public static string Id(JsonElement request) => Text(request, "id") is { Length: > 0 } id ? id : throw Bad("id is required");

    public static int Number(JsonElement request, string name, int otherwise) => Property(request, name) is { } value
        ? value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : throw Bad($"{name} must be an integer")
        : otherwise;

    public static IReadOnlyList<string>? Texts(JsonElement request, string name) => Property(request, name) is { } value
        ? value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select(item => item.ToString())] : throw Bad($"{name} must be an array")
        : null;

    public static float[]? Vector(JsonElement request, FakeUpstashVectorOptions options)
    {
        if (Property(request, "sparseVector") is not null)
        {
            throw Bad("This is a dense index"); // the stand-in has no other
        }

        if (Property(request, "vector") is not { } value)
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.Array || value.EnumerateArray().Any(number => number.ValueKind != JsonValueKind.Number))
        {
            throw Bad("vector must be an array of numbers");
        }

        float[] vector = [.. value.EnumerateArray().Select(number => number.GetSingle())];
        return vector.Length != options.Dimensions ? throw Bad($"Invalid vector dimension: {vector.Length}, expected: {options.Dimensions}")
            : VectorScore.Problem(options.Similarity, vector) is { } problem ? throw Bad(problem)
            : vector;
    }

    public static JsonObject? Metadata(JsonElement request)
    {
        if (Property(request, "metadata") is not { } value)
        {
            return null;
        }

        return Encoding.UTF8.GetByteCount(value.GetRawText()) > MaxMetadataBytes
            ? throw Bad($"Metadata is larger than {MaxMetadataBytes} bytes")
            : value.ValueKind == JsonValueKind.Object ? JsonObject.Create(value.Clone()) : throw Bad("metadata must be an object");
    }

    public static string? Data(JsonElement request) => Text(request, "data") is { } data
        ? Encoding.UTF8.GetByteCount(data) > MaxDataBytes ? throw Bad($"Data is larger than {MaxDataBytes} bytes") : data
        : null;

    /// <summary>RFC 7396.</summary>
    public static JsonObject Patch(JsonObject? target, JsonObject patch)
    {
        var patched = target?.DeepClone().AsObject() ?? [];
        foreach (var (name, value) in patch)
        {
            if (value is null)
            {
                patched.Remove(name);
            }
            else
            {
                patched[name] = value is JsonObject inner ? Patch(patched[name] as JsonObject, inner) : value.DeepClone();
            }
        }

        return patched;
    }

    public static VectorRefusedException Bad(string error) => new(422, error);

    private static JsonElement? Property(JsonElement request, string name) =>
        request.ValueKind == JsonValueKind.Object && request.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
