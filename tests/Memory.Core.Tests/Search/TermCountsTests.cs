using System.Text;
using CsCheck;

namespace Memory.Core.Tests;

public sealed class TermCountsTests
{
    private static readonly Gen<string> Term = Gen.OneOf("a", "é", "日", "𐐨", "7", "zz").Array[1, 30].Select(string.Concat);

    [Fact]
    public void What_is_written_is_read_again() =>
        Gen.Select(Term, Gen.Int[1, 100_000_000]).Array[0, 20].Sample(pairs =>
        {
            var counts = pairs.DistinctBy(pair => pair.Item1).ToDictionary(pair => pair.Item1, pair => pair.Item2);
            Assert.Equal(counts, Read(new TermCounts(counts).ToBytes()));
        });

    [Fact]
    public void The_longest_terms_fit()
    {
        string[] longest = [new('日', 65), string.Concat(Enumerable.Repeat("𐐨", 32))];

        Assert.Equal(longest, Read(new TermCounts(longest.ToDictionary(term => term, _ => 1)).ToBytes()).Keys);
    }

    [Fact]
    public void The_length_counts_repetitions_and_nothing_takes_no_bytes()
    {
        Assert.Equal(7, new TermCounts(new Dictionary<string, int> { ["a"] = 3, ["b"] = 4 }).Length);
        Assert.Empty(new TermCounts(new Dictionary<string, int>()).ToBytes());
    }

    private static Dictionary<string, int> Read(byte[] bytes)
    {
        var read = new Dictionary<string, int>();
        var reader = TermCounts.Read(bytes);
        while (reader.MoveNext())
        {
            read.Add(Encoding.UTF8.GetString(reader.Term), reader.Count);
        }

        return read;
    }
}
