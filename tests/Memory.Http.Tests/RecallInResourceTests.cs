using System.Text.Json;

namespace Memory.Http.Tests;

public sealed class RecallInResourceTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task Hits_of_all_threads_come_by_time_without_breaking_a_threads_order()
    {
        var (a, b) = (await api.NewThreadAsync(resource), await api.NewThreadAsync(resource));
        await AppendAsync(a, "01", "03", "05", "02"); // the last one is dated before its predecessor and still comes after it
        await AppendAsync(b, "02", "04", "06");
        var reply = (await api.PostAsync($"/v1/resources/{resource}/recall", """{"query":"lighthouse","semanticRecall":{"topK":10,"messageRange":0}}""")).Is(200);
        Assert.Equal("messages usage pendingEmbeddings", Reply.Shape(reply.Json));
        Assert.Equal(
            ["a1", "b1", "a2", "b2", "a3", "a4", "b3"],
            reply.Items("messages").Select(message => $"{(message.GetProperty("threadId").GetString() == a ? "a" : "b")}{message.GetProperty("position")}"));
        Assert.All(reply.All("messages", "source"), source => Assert.Equal("recall", source));
    }

    [Fact]
    public async Task A_thread_can_recall_from_its_whole_resource_or_only_itself()
    {
        var (here, there) = (await api.NewThreadAsync(resource, "small talk"), await api.NewThreadAsync(resource, "the marmot whistles"));
        const string wide = """{"query":"marmot","semanticRecall":{"scope":"resource","messageRange":0}}""";
        var reply = (await api.PostAsync($"/v1/threads/{here}/recall", wide)).Is(200);
        Assert.Equal([(here, "recent"), (there, "recall")], reply.Items("messages").Select(message => (message.GetProperty("threadId").GetString()!, message.GetProperty("source").GetString()!)));
        foreach (var narrow in new[] { """{"query":"marmot","semanticRecall":{"scope":"thread"}}""", """{"query":"marmot"}""" })
        {
            Assert.Equal([here], (await api.PostAsync($"/v1/threads/{here}/recall", narrow)).Is(200).All("messages", "threadId"));
        }
    }

    [Fact]
    public async Task Neighbours_come_from_the_hits_own_thread()
    {
        await api.NewThreadAsync(resource, "alpha", "beta");
        var thread = await api.NewThreadAsync(resource, "gamma", "the marmot whistles", "delta", "epsilon", "zeta");
        await api.NewThreadAsync(resource, "eta", "theta");
        var reply = (await api.PostAsync($"/v1/resources/{resource}/recall", """{"query":"marmot","semanticRecall":{"topK":1}}""")).Is(200);
        Assert.All(reply.All("messages", "threadId"), id => Assert.Equal(thread, id));
        Assert.Equal(["1", "2", "3", "4"], reply.All("messages", "position"));
        Assert.Equal(["context", "recall", "context", "context"], reply.All("messages", "source"));
    }

    [Fact]
    public async Task A_resource_has_no_last_messages_and_takes_no_append()
    {
        (await api.PostAsync($"/v1/resources/{resource}/recall", """{"append":{"messages":[{"role":"user","content":"x"}]},"lastMessages":3,"semanticRecall":{"scope":"thread"}}"""))
            .IsInvalid("$.append", "$.lastMessages", "$.query", "$.semanticRecall.scope");
        var reply = (await api.PostAsync($"/v1/resources/{Api.NewId("nobody")}/recall", """{"query":"anything at all","lastMessages":0,"semanticRecall":{"scope":"resource"}}""")).Is(200);
        Assert.Empty(reply.Items("messages"));
        Assert.Equal(JsonValueKind.Object, reply.Json.GetProperty("usage").ValueKind);
    }

    private async Task AppendAsync(string thread, params string[] days)
    {
        var messages = days.Select(day => $$"""{"role":"user","content":"lighthouse","createdAt":"2030-01-{{day}}T00:00:00Z"}""");
        (await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{{string.Join(',', messages)}}]}""")).Is(201);
    }
}
