namespace Memory.Http.Tests;

public sealed class MessageEditTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task An_edit_replaces_content_merges_metadata_and_keeps_the_place()
    {
        var thread = await api.NewThreadAsync(resource);
        await api.PostAsync($"/v1/threads/{thread}/messages", """{"messages":[{"id":"m","role":"user","name":"Ada","content":"old","metadata":{"a":1,"b":2},"createdAt":"2030-01-01T00:00:00Z"}]}""");
        var edited = (await api.PatchAsync($"/v1/threads/{thread}/messages/m", """{"role":"assistant","content":[{"type":"text","text":"new"}],"metadata":{"a":null,"c":3}}""")).Is(200);
        Assert.Equal("id threadId position role name content createdAt metadata", Reply.Shape(edited.Json));
        Assert.Equal("""[{"type":"text","text":"new"}]""", edited.Json.GetProperty("content").GetRawText());
        Assert.Equal("b c", Reply.Shape(edited.Json.GetProperty("metadata")));
        Assert.Equal("assistant", edited.Json.GetProperty("role").GetString());
        Assert.Equal("2030-01-01T00:00:00Z", edited.Json.GetProperty("createdAt").GetString());
        Assert.Equal(edited.Body, (await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200).Items().Single().GetRawText());

        var bare = (await api.PatchAsync($"/v1/threads/{thread}/messages/m", """{"name":null,"metadata":null}""")).Is(200);
        Assert.Equal("id threadId position role content createdAt", Reply.Shape(bare.Json));
    }

    [Fact]
    public async Task Recall_forgets_what_was_edited_away_and_finds_what_came_instead()
    {
        var thread = await api.NewThreadAsync(resource, "the walrus sleeps", "lorem", "ipsum");
        var id = (await api.GetAsync($"/v1/threads/{thread}/messages")).All("items", "id")[0];
        Assert.Single(await HitsAsync(thread, "walrus"));
        (await api.PatchAsync($"/v1/threads/{thread}/messages/{id}", """{"content":"the narwhal sleeps"}""")).Is(200);
        Assert.Empty(await HitsAsync(thread, "walrus"));
        Assert.Equal("the narwhal sleeps", (await HitsAsync(thread, "narwhal")).Single().GetProperty("content").GetString());
    }

    [Fact]
    public async Task A_deleted_message_is_gone_everywhere_and_its_position_stays_empty()
    {
        var thread = await api.NewThreadAsync(resource, "one", "the pangolin curls up", "three");
        var id = (await api.GetAsync($"/v1/threads/{thread}/messages")).All("items", "id")[1];
        (await api.DeleteAsync($"/v1/threads/{thread}/messages/{id}")).Is(204);
        Assert.Empty(await HitsAsync(thread, "pangolin"));
        Assert.Equal(["1", "3"], (await api.GetAsync($"/v1/threads/{thread}/messages")).All("items", "position"));
        Assert.Equal(["1", "3"], (await api.GetAsync($"/v1/threads/{thread}/messages?last=2")).All("items", "position"));
        var state = (await api.GetAsync($"/v1/threads/{thread}")).Json;
        Assert.Equal((3, 2), (state.GetProperty("lastPosition").GetInt32(), state.GetProperty("messageCount").GetInt32()));
        Assert.Equal("4", (await api.AppendAsync(thread, "four")).All("messages", "position").Single());
        Assert.DoesNotContain("pangolin", (await api.GetAsync($"/v1/resources/{resource}/export")).Is(200).Body, StringComparison.Ordinal);
        (await api.DeleteAsync($"/v1/threads/{thread}/messages/{id}")).IsProblem(404, "message_not_found");
        (await api.PatchAsync($"/v1/threads/{thread}/messages/{id}", """{"content":"back"}""")).IsProblem(404, "message_not_found");
    }

    [Fact]
    public async Task A_late_redelivery_does_not_bring_a_deleted_message_back()
    {
        var thread = await api.NewThreadAsync(resource);
        const string body = """{"messages":[{"id":"m","role":"user","content":"gone"}]}""";
        await api.PostAsync($"/v1/threads/{thread}/messages", body);
        (await api.DeleteAsync($"/v1/threads/{thread}/messages/m")).Is(204);
        (await api.PostAsync($"/v1/threads/{thread}/messages", body)).Is(201);
        Assert.Empty((await api.GetAsync($"/v1/threads/{thread}/messages")).Items());
    }

    [Fact]
    public async Task Concurrent_edits_lose_nothing()
    {
        var thread = await api.NewThreadAsync(resource);
        await api.PostAsync($"/v1/threads/{thread}/messages", """{"messages":[{"id":"m","role":"user","content":"c"}]}""");
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            (await api.PatchAsync($"/v1/threads/{thread}/messages/m", $$$"""{"metadata":{"k{{{i}}}":{{{i}}}}}""")).Is(200)));
        var metadata = (await api.GetAsync($"/v1/threads/{thread}/messages")).Items().Single().GetProperty("metadata");
        Assert.Equal(16, metadata.EnumerateObject().Count());
    }

    [Fact]
    public async Task What_is_not_there_or_not_editable_is_refused()
    {
        var thread = await api.NewThreadAsync(resource, "one");
        var id = (await api.GetAsync($"/v1/threads/{thread}/messages")).All("items", "id")[0];
        (await api.PatchAsync($"/v1/threads/{thread}/messages/ghost", "{}")).IsProblem(404, "message_not_found");
        (await api.DeleteAsync($"/v1/threads/{thread}/messages/ghost")).IsProblem(404, "message_not_found");
        (await api.PatchAsync($"/v1/threads/{Api.NewId("ghost")}/messages/{id}", "{}")).IsProblem(404, "message_not_found");
        (await api.PatchAsync($"/v1/threads/{thread}/messages/{id}", """{"id":"x","position":9,"role":"robot","content":1,"metadata":"m","name":""}"""))
            .IsInvalid("$.id", "$.position", "$.role", "$.content", "$.metadata", "$.name");
    }

    private async Task<List<System.Text.Json.JsonElement>> HitsAsync(string thread, string query)
    {
        var reply = await api.PostAsync($"/v1/threads/{thread}/recall", $$$"""{"query":"{{{query}}}","lastMessages":0,"semanticRecall":{"topK":1,"messageRange":0}}""");
        return [.. reply.Is(200).Items("messages")];
    }
}
