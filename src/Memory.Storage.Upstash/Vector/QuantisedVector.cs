using System.Globalization;
using System.Numerics;
using System.Runtime.InteropServices;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>One vector of a content in a byte a number, and the factor that makes it of unit length again: a cosine is off by less than 0.01.</summary>
/// <param name="Content">The content.</param>
/// <param name="Role">Who speaks.</param>
/// <param name="CreatedAt">When it was said.</param>
/// <param name="Chunk">The number of the vector among the content's, from 0.</param>
/// <param name="Scale">The factor.</param>
/// <param name="Values">The numbers, -127 to 127.</param>
internal sealed record QuantisedVector(ContentVersion Content, MessageRole Role, DateTimeOffset CreatedAt, int Chunk, float Scale, sbyte[] Values)
{
    // No id has one: control characters are not allowed in it.
    private const char Separator = '\n';

    /// <summary>A content's vectors, the last first: what is kept last is dropped last, and removing a content begins with its first.</summary>
    public static IEnumerable<QuantisedVector> Of(VectorEntry entry, int dimensions)
    {
        for (var chunk = (entry.Values.Length / dimensions) - 1; chunk >= 0; chunk--)
        {
            var (values, scale) = Quantise(entry.Values.Span.Slice(chunk * dimensions, dimensions));
            yield return new QuantisedVector(entry.Content, entry.Role, entry.CreatedAt.ToMicroseconds(), chunk, scale, values);
        }
    }

    /// <summary>The cosine with a vector of unit length.</summary>
    public float Cosine(ReadOnlySpan<float> question)
    {
        var (sum, at) = (Vector<float>.Zero, 0);
        for (; at + Vector<sbyte>.Count <= Values.Length; at += Vector<sbyte>.Count)
        {
            Vector.Widen(new Vector<sbyte>(Values, at), out var low, out var high);
            Vector.Widen(low, out var first, out var second);
            Vector.Widen(high, out var third, out var fourth);
            var rest = question[at..];
            sum += Vector.ConvertToSingle(first) * new Vector<float>(rest);
            sum += Vector.ConvertToSingle(second) * new Vector<float>(rest[Vector<float>.Count..]);
            sum += Vector.ConvertToSingle(third) * new Vector<float>(rest[(2 * Vector<float>.Count)..]);
            sum += Vector.ConvertToSingle(fourth) * new Vector<float>(rest[(3 * Vector<float>.Count)..]);
        }

        var total = Vector.Sum(sum);
        for (; at < Values.Length; at++)
        {
            total += Values[at] * question[at];
        }

        return total * Scale;
    }

    /// <summary>The vector's numbers, of unit length.</summary>
    public float[] Restore() => [.. Values.Select(value => value * Scale)];

    /// <summary>It as Redis keeps it: ASCII beside the ids.</summary>
    public string ToText() => string.Join(
        Separator, Content.ThreadId, Content.MessageId, Packed.Number(Content.Revision), Content.Fingerprint, Role.Name(), Packed.Number(CreatedAt.ToUnixMicroseconds()),
        Packed.Number(Chunk), Scale.ToString("R", CultureInfo.InvariantCulture), Convert.ToBase64String(MemoryMarshal.AsBytes<sbyte>(Values)));

    /// <summary>Reads it; null when it is none, or of another length than its space's.</summary>
    public static QuantisedVector? Parse(string text, int dimensions)
    {
        var values = new sbyte[dimensions];
        return text.Split(Separator) is [var threadId, var messageId, var revision, var fingerprint, var role, var at, var chunk, var scale, var base64]
            && MessageRoles.TryParse(role, out var speaker) && Convert.TryFromBase64String(base64, MemoryMarshal.AsBytes(values.AsSpan()), out var length) && length == dimensions
            ? new QuantisedVector(
                new ContentVersion(threadId, messageId, long.Parse(revision, CultureInfo.InvariantCulture), fingerprint), speaker,
                Timestamps.FromUnixMicroseconds(long.Parse(at, CultureInfo.InvariantCulture)), int.Parse(chunk, CultureInfo.InvariantCulture),
                float.Parse(scale, CultureInfo.InvariantCulture), values)
            : null;
    }

    private static (sbyte[] Values, float Scale) Quantise(ReadOnlySpan<float> vector)
    {
        var largest = 0f;
        foreach (var value in vector)
        {
            largest = Math.Max(largest, Math.Abs(value));
        }

        var (values, squares) = (new sbyte[vector.Length], 0L);
        for (var i = 0; i < vector.Length && largest > 0; i++)
        {
            values[i] = (sbyte)Math.Round(vector[i] / largest * 127);
            squares += values[i] * values[i];
        }

        return (values, squares == 0 ? 0 : (float)(1 / Math.Sqrt(squares)));
    }
}
