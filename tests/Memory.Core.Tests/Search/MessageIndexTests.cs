using CsCheck;

namespace Memory.Core.Tests;

public sealed class MessageIndexTests
{
    private static readonly string[] Words = ["apple", "banana", "cherry", "fig", "grape"];

    // Kinds: 0–6 put, 7–8 remove, 9 remove a range, 10–12 search.
    private static readonly Gen<(int Kind, int Thread, int Position, int[] Words, int Other)> Step =
        Gen.Select(Gen.Int[0, 12], Gen.Int[0, 2], Gen.Int[1, 12], Gen.Int[0, 4].Array[0, 7], Gen.Int[0, 20]);

    [Fact]
    public void Any_history_of_puts_and_removals_ranks_like_the_definition() => Step.Array[1, 80].Sample(steps =>
    {
        var (index, naive) = (new MessageIndex(), new NaiveRanking());
        for (var at = 0; at < steps.Length; at++)
        {
            var (kind, thread, position, words, other) = steps[at];
            if (kind <= 6)
            {
                var counts = words.GroupBy(word => Words[word]).ToDictionary(group => group.Key, group => group.Count());
                index.Put(thread, position, (MessageRole)(other % 5), other, new TermCounts(counts).ToBytes());
                naive.Put(thread, position, (MessageRole)(other % 5), other, counts);
            }
            else if (kind <= 8)
            {
                index.Remove(thread, position);
                naive.Remove(thread, position);
            }
            else if (kind == 9)
            {
                index.RemoveRange(thread, position, position + (other % 5));
                Enumerable.Range(position, 1 + (other % 5)).ToList().ForEach(removed => naive.Remove(thread, removed));
            }
            else
            {
                AssertSame(naive, index, Query(words, thread, other));
            }
        }

        AssertSame(naive, index, Query([0, 1, 2, 3, 4], 0, 0));
    });

    [Fact]
    public void Excluded_positions_are_searched_as_if_they_were_not_there() => Step.Array[1, 30].Sample(steps =>
    {
        var (index, naive) = (new MessageIndex(), new NaiveRanking());
        foreach (var (_, thread, position, words, other) in steps)
        {
            var counts = words.GroupBy(word => Words[word]).ToDictionary(group => group.Key, group => group.Count());
            index.Put(thread, position, MessageRole.User, other, new TermCounts(counts).ToBytes());
            naive.Put(thread, position, MessageRole.User, other, counts);
        }

        AssertSame(naive, index, Query([0, 1], 0, 0) with { ExcludedThread = 1, ExcludedPositions = new HashSet<long> { 3, 4, 9, 40 } });
    });

    [Fact]
    public void It_counts_what_is_alive_and_what_is_not()
    {
        var index = new MessageIndex();
        var terms = new TermCounts(new Dictionary<string, int> { ["apple"] = 1 }).ToBytes();
        for (var position = 1; position <= 100; position++)
        {
            index.Put(7, position, MessageRole.User, position, terms);
        }

        index.Put(7, 5, MessageRole.Tool, 5, terms);
        index.Remove(7, 6);
        index.Remove(7, 6);
        index.Remove(8, 1);
        index.RemoveRange(7, 91, long.MaxValue);

        Assert.Equal((89, 12), (index.Count, index.Dead));
        Assert.InRange(index.Bytes, 100 * 8, 100_000);
        Assert.Equal(89, index.Search(new IndexQuery { Terms = ["apple"], Top = 1_000 }).Count);
    }

    [Fact]
    public void Searches_may_run_side_by_side()
    {
        var index = new MessageIndex();
        for (var position = 1; position <= 500; position++)
        {
            var counts = new Dictionary<string, int> { [Words[position % 5]] = 1 + (position % 3), [Words[position % 2]] = 1 };
            index.Put(position % 7, position, MessageRole.User, position, new TermCounts(counts).ToBytes());
        }

        var queries = Enumerable.Range(0, 64).Select(seed => Query([seed % 5, seed % 3], seed % 7, seed) with { Top = 50 }).ToList();
        var alone = queries.Select(index.Search).ToList();

        var together = queries.AsParallel().AsOrdered().WithDegreeOfParallelism(8).Select(index.Search).ToList();

        Assert.Equal(alone, together);
    }

    private static IndexQuery Query(IEnumerable<int> words, int thread, int seed) => new()
    {
        Terms = [.. words.Select(word => Words[word]).Append("nobody said this").Distinct().Order(StringComparer.Ordinal)],
        Top = seed % 3 == 0 ? 1_000 : 3,
        Thread = seed % 2 == 0 ? null : thread,
        Roles = seed % 5 == 1 ? [MessageRole.User, MessageRole.Tool] : null,
        From = seed % 7 == 1 ? 5 : long.MinValue,
        To = seed % 7 == 2 ? 12 : long.MaxValue,
        MinScore = seed % 4 == 3 ? 0.3 : 0,
    };

    private static void AssertSame(NaiveRanking naive, MessageIndex index, IndexQuery query)
    {
        var (expected, actual) = (naive.Search(query), index.Search(query));
        Assert.Equal(expected.Select(hit => (hit.Thread, hit.Position, hit.CreatedAt)), actual.Select(hit => (hit.Thread, hit.Position, hit.CreatedAt)));
        foreach (var (wanted, got) in expected.Zip(actual))
        {
            Assert.Equal(wanted.Raw, got.Raw, 1e-9);
            Assert.Equal(wanted.Score, got.Score, 1e-9);
        }
    }
}
