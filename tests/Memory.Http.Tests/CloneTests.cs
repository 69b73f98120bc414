namespace Memory.Http.Tests;

public sealed class CloneTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task A_clone_holds_everything_its_source_held()
    {
        var source = Api.NewId("thread");
        await api.PostAsync("/v1/threads", $$$"""{"id":"{{{source}}}","resourceId":"{{{resource}}}","title":"T","metadata":{"k":"v"}}""");
        await api.AppendAsync(source, "one", "two", "three");
        await api.PutAsync($"/v1/threads/{source}/working-memory", "notes", "text/plain");

        var id = Api.NewId("clone");
        var clone = (await api.PostAsync($"/v1/threads/{source}/clone", $$"""{"id":"{{id}}"}""")).Is(201);
        Assert.Equal($"/v1/threads/{id}", clone.Header("Location"));
        Assert.NotNull(clone.Header("ETag"));
        Assert.Equal("id resourceId title metadata createdAt updatedAt lastPosition messageCount", Reply.Shape(clone.Json));
        Assert.Equal((3, 3), (clone.Json.GetProperty("lastPosition").GetInt32(), clone.Json.GetProperty("messageCount").GetInt32()));
        Assert.Equal(resource, clone.Json.GetProperty("resourceId").GetString());
        var original = (await api.GetAsync($"/v1/threads/{source}/messages")).Is(200).Body;
        var copied = (await api.GetAsync($"/v1/threads/{id}/messages")).Is(200).Body;
        Assert.Equal(original.Replace(source, id, StringComparison.Ordinal), copied);
        Assert.Equal("notes", (await api.GetAsync($"/v1/threads/{id}/working-memory")).Is(200).Body);
    }

    [Fact]
    public async Task A_clone_and_its_source_go_their_own_ways()
    {
        var source = await api.NewThreadAsync(resource, "shared aardvark");
        var id = (await api.PostAsync($"/v1/threads/{source}/clone", "{}")).Is(201).Json.GetProperty("id").GetString()!;
        Assert.Equal(7, Guid.Parse(id).Version);
        await api.AppendAsync(id, "only in the clone");
        (await api.DeleteAsync($"/v1/threads/{source}")).Is(204);
        Assert.Equal(["1", "2"], (await api.GetAsync($"/v1/threads/{id}/messages")).Is(200).All("items", "position"));
        var recall = (await api.PostAsync($"/v1/threads/{id}/recall", """{"query":"aardvark","lastMessages":0,"semanticRecall":{"topK":1,"messageRange":0}}""")).Is(200);
        Assert.Equal("shared aardvark", recall.Items("messages").Single().GetProperty("content").GetString());
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 2)]
    [InlineData(3, 3)]
    [InlineData(long.MaxValue, 3)]
    public async Task A_clone_ends_at_the_position_asked(long upTo, int kept)
    {
        var source = await api.NewThreadAsync(resource, "one", "two", "three");
        var clone = (await api.PostAsync($"/v1/threads/{source}/clone", $$"""{"upTo":{{upTo}}}""")).Is(201).Json;
        Assert.Equal(kept, clone.GetProperty("lastPosition").GetInt32());
        Assert.Equal(kept, clone.GetProperty("messageCount").GetInt32());
        var next = await api.AppendAsync(clone.GetProperty("id").GetString()!, "next");
        Assert.Equal(kept + 1, next.Items("messages").Single().GetProperty("position").GetInt32());
    }

    [Fact]
    public async Task A_clone_for_another_resource_is_found_there_and_only_there()
    {
        var other = Api.NewId("other");
        var source = await api.NewThreadAsync(resource, "the quokka smiled");
        var id = (await api.PostAsync($"/v1/threads/{source}/clone", $$"""{"resourceId":"{{other}}"}""")).Is(201).Json.GetProperty("id").GetString();
        Assert.Equal([id], (await api.GetAsync($"/v1/threads?resourceId={other}")).Is(200).All("items", "id"));
        Assert.Equal([source], (await api.GetAsync($"/v1/threads?resourceId={resource}")).Is(200).All("items", "id"));
        var recall = (await api.PostAsync($"/v1/resources/{other}/recall", """{"query":"quokka"}""")).Is(200);
        Assert.Equal([id], recall.All("messages", "threadId"));
    }

    [Fact]
    public async Task What_cannot_be_cloned_is_refused()
    {
        var source = await api.NewThreadAsync(resource, "one");
        (await api.PostAsync($"/v1/threads/{Api.NewId("ghost")}/clone", "{}")).IsProblem(404, "thread_not_found");
        (await api.PostAsync($"/v1/threads/{source}/clone", $$"""{"id":"{{source}}"}""")).IsProblem(409, "already_exists");
        (await api.PostAsync($"/v1/threads/{source}/clone", """{"upTo":0}""")).IsInvalid("$.upTo");
    }
}
