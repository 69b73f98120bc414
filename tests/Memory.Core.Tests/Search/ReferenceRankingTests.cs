using System.Text.Json;

namespace Memory.Core.Tests;

/// <summary>Holds the ranking to the one that the published reference gives on conversations with labelled questions.</summary>
public sealed class ReferenceRankingTests
{
    private const string Folder = "conversations";

    private readonly Dictionary<string, MessageIndex> indexes = [];
    private readonly List<string> threads = [];
    private readonly Dictionary<(long Thread, int Position), string> ids = [];

    public ReferenceRankingTests()
    {
        var last = new Dictionary<string, int>();
        foreach (var row in TestData.Rows($"{Folder}/messages.jsonl"))
        {
            var (resource, thread) = (Text(row, "resourceId"), Text(row, "threadId"));
            if (last.TryAdd(thread, 0))
            {
                threads.Add(thread);
            }

            Assert.True(Timestamps.TryParseRfc3339(Text(row, "createdAt"), out var createdAt));
            Assert.True(MessageRoles.TryParse(Text(row, "role"), out var role));
            var name = row.TryGetProperty("name", out var given) ? given.GetString() : null;
            var index = indexes.TryGetValue(resource, out var known) ? known : indexes[resource] = new MessageIndex();
            var (key, position) = (threads.IndexOf(thread), ++last[thread]);
            index.Put(key, position, role, createdAt.ToUnixMicroseconds(), LexicalEncoder.EncodeMessage(name, Text(row, "content"), createdAt).ToBytes());
            ids[(key, position)] = Text(row, "id");
        }
    }

    [Fact]
    public void Every_question_ranks_as_in_the_reference_with_the_same_scores()
    {
        var expected = TestData.Items($"{Folder}/expected.json").ToDictionary(item => Text(item, "id"), item => item.GetProperty("hits").EnumerateArray().ToList());
        foreach (var question in Questions())
        {
            var hits = Search(question, threadId: null);

            var wanted = expected[Text(question, "id")];
            Assert.Equal(wanted.Select(hit => hit[0].GetString()), hits.Select(hit => ids[(hit.Thread, hit.Position)]));
            Assert.All(wanted.Zip(hits), pair => Assert.Equal(pair.First[1].GetDouble(), pair.Second.Raw, 1e-9));
        }
    }

    [Fact]
    public void A_thread_ranks_as_its_part_of_the_resource()
    {
        foreach (var question in Questions())
        {
            var thread = Text(question, "threadId");

            Assert.Equal(
                Search(question, threadId: null).Where(hit => threads[(int)hit.Thread] == thread).Select(hit => (hit.Position, hit.Score)),
                Search(question, thread).Select(hit => (hit.Position, hit.Score)));
        }
    }

    private static IReadOnlyList<JsonElement> Questions() => TestData.Rows($"{Folder}/questions.jsonl");

    private static string Text(JsonElement row, string name) => row.GetProperty(name).GetString() ?? throw new FormatException($"{name} is missing.");

    private IReadOnlyList<IndexHit> Search(JsonElement question, string? threadId) => indexes[Text(question, "resourceId")].Search(new IndexQuery
    {
        Terms = LexicalEncoder.EncodeQuery(Text(question, "question")),
        Top = 1_000,
        Thread = threadId is null ? null : threads.IndexOf(threadId),
    });
}
