using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>The ranking that Core gives messages when it is shown nothing but them: what an index must answer after any history.</summary>
public static class Ranking
{
    // Backends may add up in another order or in single steps of a query language, but not by another rule.
    private const double Tolerance = 1e-6;

    /// <summary>Ranks the messages of one resource, thread by thread in the order given.</summary>
    public static IReadOnlyList<SearchHit> Of(IReadOnlyList<Message> messages, string query, string? threadId = null, int top = int.MaxValue - 1)
    {
        var index = new MessageIndex();
        var threads = messages.Select(message => message.ThreadId).Distinct(StringComparer.Ordinal).ToList();
        foreach (var message in messages)
        {
            index.Put(
                threads.IndexOf(message.ThreadId), (int)message.Position, message.Role, message.CreatedAt.ToUnixMicroseconds(),
                LexicalEncoder.EncodeMessage(message.Name, message.Content.Text, message.CreatedAt).ToBytes());
        }

        var terms = LexicalEncoder.EncodeQuery(query);
        var hits = index.Search(new IndexQuery { Terms = terms, Top = Math.Min(top, Math.Max(1, messages.Count)), Thread = threadId is null ? null : threads.IndexOf(threadId) });
        return [.. hits.Select(hit => new SearchHit(threads[(int)hit.Thread], hit.Position, hit.Score, hit.Raw))];
    }

    /// <summary>Holds when both name the same messages with the same scores, in an order that the scores allow.</summary>
    public static void AssertSame(IReadOnlyList<SearchHit> expected, IReadOnlyList<SearchHit> actual)
    {
        var scores = actual.ToDictionary(hit => (hit.ThreadId, hit.Position));
        Assert.Equal(expected.Select(hit => (hit.ThreadId, hit.Position)).Order(), scores.Keys.Order());
        Assert.All(expected, hit => Assert.Equal(hit.Lexical, scores[(hit.ThreadId, hit.Position)].Lexical, Tolerance));
        Assert.All(expected, hit => Assert.Equal(hit.Score, scores[(hit.ThreadId, hit.Position)].Score, Tolerance));
        Assert.All(actual.Zip(actual.Skip(1)), pair => Assert.True(pair.First.Score >= pair.Second.Score - Tolerance, "A hit is no better than the one before it."));
    }
}
