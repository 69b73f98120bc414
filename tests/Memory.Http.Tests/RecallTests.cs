using System.Text.Json;

namespace Memory.Http.Tests;

public sealed class RecallTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task By_default_thirty_last_three_hits_and_two_neighbours_come_each_once_and_in_order()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(60));
        var reply = (await RecallAsync(thread, """{"query":"zeppelin hangar"}""")).Is(200);
        Assert.Equal("messages usage pendingEmbeddings", Reply.Shape(reply.Json));
        Assert.Equal(0, reply.Json.GetProperty("pendingEmbeddings").GetInt32());
        var messages = reply.Items("messages").ToList();
        var positions = messages.Select(Position).ToList();
        Assert.Equal(positions.Distinct().Order(), positions);
        Assert.Equal(Enumerable.Range(31, 30), PositionsOf(messages, "recent"));
        var hits = PositionsOf(messages, "recall");
        Assert.Equal(3, hits.Count);
        Assert.Equal(10, messages.MaxBy(message => message.TryGetProperty("score", out var score) ? score.GetDouble() : 0).GetProperty("position").GetInt32());
        var around = hits.SelectMany(hit => Enumerable.Range(hit - 2, 5)).Distinct().Except(hits).Order();
        Assert.Equal(around, PositionsOf(messages, "context"));
        Assert.All(messages, message => Assert.Equal(Source(message) == "recall", message.TryGetProperty("score", out _)));
        Assert.Equal("id threadId position role content createdAt source score", Reply.Shape(messages.First(message => Source(message) == "recall")));
        var usage = reply.Json.GetProperty("usage");
        Assert.Equal("messages tokens estimated", Reply.Shape(usage));
        Assert.Equal((messages.Count, true), (usage.GetProperty("messages").GetInt32(), usage.GetProperty("estimated").GetBoolean()));
        Assert.True(usage.GetProperty("tokens").GetInt32() > 0);
    }

    [Fact]
    public async Task Without_a_query_only_the_last_messages_come()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(40));
        var messages = (await RecallAsync(thread, "{}")).Is(200).Items("messages").ToList();
        Assert.Equal(Enumerable.Range(11, 30), messages.Select(Position));
        Assert.All(messages, message => Assert.Equal("recent", Source(message)));
        Assert.Equal([39, 40], (await RecallAsync(thread, """{"lastMessages":2}""")).Is(200).Items("messages").Select(Position));
        Assert.Empty((await RecallAsync(thread, """{"lastMessages":0}""")).Is(200).Items("messages"));
    }

    [Theory]
    [InlineData("0", "10")]
    [InlineData("1", "9 10 11")]
    [InlineData("""{"before":2}""", "8 9 10")]
    [InlineData("""{"after":3}""", "10 11 12 13")]
    [InlineData("""{"before":1,"after":2}""", "9 10 11 12")]
    [InlineData("{}", "10")]
    [InlineData("50", "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20")]
    public async Task Neighbours_are_given_as_asked(string range, string positions)
    {
        var thread = await api.NewThreadAsync(resource, Conversation(20));
        var reply = (await RecallAsync(thread, $$$"""{"query":"zeppelin","lastMessages":0,"semanticRecall":{"topK":1,"messageRange":{{{range}}}}}""")).Is(200);
        Assert.Equal(positions, string.Join(' ', reply.All("messages", "position")));
    }

    [Fact]
    public async Task A_hit_among_the_last_messages_is_recent_and_has_its_score()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(12));
        var hit = (await RecallAsync(thread, """{"query":"zeppelin","semanticRecall":{"topK":1}}""")).Is(200).Items("messages").Single(message => message.TryGetProperty("score", out _));
        Assert.Equal(("recent", 10), (Source(hit), Position(hit)));
        Assert.InRange(hit.GetProperty("score").GetDouble(), double.Epsilon, 1);
    }

    [Fact]
    public async Task A_turn_is_appended_first_and_is_the_question_but_never_its_own_hit()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(40));
        var reply = (await RecallAsync(thread, """
            {"append":{"messages":[{"id":"q","role":"user","content":"where is the zeppelin hangar"},{"id":"t","role":"assistant","content":"let me see"}]},
             "semanticRecall":{"topK":1,"messageRange":0},"explain":true}
            """)).Is(200);
        Assert.Equal("messages usage pendingEmbeddings append explain", Reply.Shape(reply.Json));
        var append = reply.Json.GetProperty("append");
        Assert.Equal("threadId messages pendingEmbeddings", Reply.Shape(append));
        Assert.Equal([41, 42], append.GetProperty("messages").EnumerateArray().Select(Position));
        Assert.Equal("where is the zeppelin hangar", reply.Json.GetProperty("explain").GetProperty("query").GetString());
        var messages = reply.Items("messages").ToList();
        Assert.Equal([10, .. Enumerable.Range(13, 30)], messages.Select(Position));
        Assert.Equal([10], PositionsOf(messages, "recall"));
        Assert.Equal([10], messages.Where(message => message.TryGetProperty("score", out _)).Select(Position));
    }

    [Fact]
    public async Task A_turns_append_keeps_all_rules_of_an_append()
    {
        var thread = await api.NewThreadAsync(resource, "one");
        const string turn = """{"append":{"expectedPosition":1,"messages":[{"role":"user","content":"two"}]}}""";
        Assert.Equal([1, 2], (await RecallAsync(thread, turn, ("Idempotency-Key", "k"))).Is(200).Items("messages").Select(Position));
        var again = (await RecallAsync(thread, turn, ("Idempotency-Key", "k"))).Is(200);
        Assert.True(again.Json.GetProperty("append").GetProperty("messages")[0].GetProperty("duplicate").GetBoolean());
        (await RecallAsync(thread, turn)).IsProblem(409, "position_mismatch");
        (await RecallAsync(thread, """{"append":{"messages":[{"role":"user","content":"other"}]}}""", ("Idempotency-Key", "k"))).IsProblem(409, "message_conflict");
        (await RecallAsync(Api.NewId("ghost"), turn)).IsProblem(404, "thread_not_found");
        (await RecallAsync(thread, $$$"""{"append":{"resourceId":"{{{Api.NewId("other")}}}","messages":[{"role":"user","content":"x"}]}}""")).IsProblem(404, "thread_not_found");
        (await RecallAsync(thread, """{"append":{"messages":[{"role":"robot","content":"x"}]}}""")).IsInvalid("$.append.messages[0].role");
        var created = Api.NewId("thread");
        (await RecallAsync(created, $$$"""{"append":{"resourceId":"{{{resource}}}","messages":[{"role":"user","content":"hello"}]}}""")).Is(200);
        Assert.Equal(1, (await api.GetAsync($"/v1/threads/{created}")).Is(200).Json.GetProperty("messageCount").GetInt32());
    }

    [Fact]
    public async Task An_append_without_a_user_message_asks_nothing()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(40));
        var reply = (await RecallAsync(thread, """{"append":{"messages":[{"role":"assistant","content":"zeppelin"}]},"lastMessages":1}""")).Is(200);
        Assert.Equal([41], reply.Items("messages").Select(Position));
    }

    [Fact]
    public async Task An_appended_question_is_overruled_by_a_query()
    {
        var thread = await api.NewThreadAsync(resource, Conversation(40));
        var reply = (await RecallAsync(thread, """
            {"append":{"messages":[{"role":"user","content":"something else entirely"}]},"query":"zeppelin","lastMessages":0,"semanticRecall":{"topK":1,"messageRange":0}}
            """)).Is(200);
        Assert.Equal([10], reply.Items("messages").Select(Position));
    }

    [Fact]
    public async Task A_missing_thread_is_404_with_or_without_a_query()
    {
        (await RecallAsync(Api.NewId("ghost"), "{}")).IsProblem(404, "thread_not_found");
        (await RecallAsync(Api.NewId("ghost"), """{"query":"x y z"}""")).IsProblem(404, "thread_not_found");
    }

    internal static string[] Conversation(int length) =>
        [.. Enumerable.Range(1, length).Select(i => i == 10 ? "The zeppelin hangar opens with code 4711" : $"filler{i}a filler{i}b")];

    private static int Position(JsonElement message) => message.GetProperty("position").GetInt32();

    private static string? Source(JsonElement message) => message.GetProperty("source").GetString();

    private static List<int> PositionsOf(IEnumerable<JsonElement> messages, string source) => [.. messages.Where(message => Source(message) == source).Select(Position)];

    private Task<Reply> RecallAsync(string thread, string json, params (string, string)[] headers) => api.PostAsync($"/v1/threads/{thread}/recall", json, headers);
}
