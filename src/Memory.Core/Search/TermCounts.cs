using System.Text;

namespace Memory.Core;

/// <summary>
/// A message's own lexical terms with their counts: all that is stored for lexical search. Its neighbours' share is added when scoring,
/// so that an append, edit or delete touches one message only.
/// </summary>
public sealed class TermCounts(IReadOnlyDictionary<string, int> counts)
{
    /// <summary>Term → how often the message holds it.</summary>
    public IReadOnlyDictionary<string, int> Counts { get; } = counts;

    /// <summary>The number of terms, repetitions included.</summary>
    public int Length { get; } = counts.Values.Sum();

    /// <summary>For each term: its count as a 7-bit-encoded integer, its byte length in one byte, its UTF-8 bytes.</summary>
    /// <remarks>A stem has at most 65 characters of at most 3 bytes, so that one byte holds its length.</remarks>
    public byte[] ToBytes()
    {
        var size = 0;
        foreach (var term in Counts.Keys)
        {
            size += 6 + Encoding.UTF8.GetMaxByteCount(term.Length);
        }

        var buffer = new byte[size];
        var at = 0;
        Span<byte> utf8 = stackalloc byte[(LexicalEncoder.MaxTokenLength + 1) * 3];
        foreach (var (term, count) in Counts)
        {
            var rest = (uint)count;
            for (; rest > 0x7f; rest >>= 7)
            {
                buffer[at++] = (byte)(rest | 0x80);
            }

            buffer[at++] = (byte)rest;
            var length = Encoding.UTF8.GetBytes(term, utf8);
            buffer[at++] = (byte)length;
            utf8[..length].CopyTo(buffer.AsSpan(at));
            at += length;
        }

        return buffer[..at];
    }

    /// <summary>Walks what <see cref="ToBytes"/> wrote without making strings.</summary>
    public static Enumerator Read(ReadOnlySpan<byte> bytes) => new(bytes);

    /// <summary>Steps through encoded terms.</summary>
    public ref struct Enumerator(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> rest = bytes;

        /// <summary>The current term's UTF-8 bytes.</summary>
        public ReadOnlySpan<byte> Term { get; private set; }

        /// <summary>The current term's count.</summary>
        public int Count { get; private set; }

        /// <summary>Goes to the next term; false at the end.</summary>
        public bool MoveNext()
        {
            if (rest.IsEmpty)
            {
                return false;
            }

            var count = 0;
            var at = 0;
            for (var shift = 0; ; shift += 7)
            {
                var part = rest[at++];
                count |= (part & 0x7f) << shift;
                if (part < 0x80)
                {
                    break;
                }
            }

            Count = count;
            Term = rest.Slice(at + 1, rest[at]);
            rest = rest[(at + 1 + Term.Length)..];
            return true;
        }
    }
}
