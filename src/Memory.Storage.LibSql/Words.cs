using System.Buffers;
using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>A message's rows in the index of words: one for each of its terms, and one for itself, under the term ''.</summary>
/// <param name="Json">An array of pairs, of a term and how often the message holds it.</param>
/// <param name="Length">The sum of these.</param>
internal sealed record Words(string Json, int Length)
{
    /// <summary>The rows of the terms that <see cref="TermCounts.ToBytes"/> wrote.</summary>
    public static Words Of(ReadOnlySpan<byte> terms)
    {
        var buffer = new ArrayBufferWriter<byte>(256 + (terms.Length * 2));
        var length = 0;
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            Write(json, default, 0);
            var reader = TermCounts.Read(terms);
            while (reader.MoveNext())
            {
                Write(json, reader.Term, reader.Count);
                length += reader.Count;
            }

            json.WriteEndArray();
        }

        return new Words(Encoding.UTF8.GetString(buffer.WrittenSpan), length);
    }

    private static void Write(Utf8JsonWriter json, ReadOnlySpan<byte> term, int count)
    {
        json.WriteStartArray();
        json.WriteStringValue(term);
        json.WriteNumberValue(count);
        json.WriteEndArray();
    }
}
