using System.Text;
using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Lexical terms as the database keeps them: 32 bits of hash each, those that occur more than once first.</summary>
/// <remarks>
/// Two of a resource's terms share their hash with a probability of one in four billion; a question for the one then finds the other too. The text itself would take
/// twice the space (docs/decisions/0008).
/// </remarks>
/// <param name="Hashes">The distinct terms' hashes.</param>
/// <param name="Counts">How often the first of them occur; each other occurs once.</param>
/// <param name="Length">The sum of all counts.</param>
internal sealed record Terms(int[] Hashes, int[] Counts, int Length)
{
    /// <summary>The terms that <see cref="TermCounts.ToBytes"/> wrote.</summary>
    public static Terms Of(ReadOnlySpan<byte> bytes)
    {
        List<(int Hash, int Count)> repeated = [];
        List<int> single = [];
        var length = 0;
        var reader = TermCounts.Read(bytes);
        while (reader.MoveNext())
        {
            length += reader.Count;
            if (reader.Count > 1)
            {
                repeated.Add((Hash(reader.Term), reader.Count));
            }
            else
            {
                single.Add(Hash(reader.Term));
            }
        }

        return new Terms([.. repeated.Select(term => term.Hash), .. single], [.. repeated.Select(term => term.Count)], length);
    }

    /// <summary>A question's terms.</summary>
    public static int[] Of(IReadOnlyList<string> terms) => [.. terms.Select(term => Hash(Encoding.UTF8.GetBytes(term)))];

    // FNV-1a (http://www.isthe.com/chongo/tech/comp/fnv/): stored, so that it must never change.
    private static int Hash(ReadOnlySpan<byte> term)
    {
        var hash = 2_166_136_261;
        foreach (var part in term)
        {
            hash = (hash ^ part) * 16_777_619;
        }

        return unchecked((int)hash);
    }
}
