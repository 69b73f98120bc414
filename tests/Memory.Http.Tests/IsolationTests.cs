namespace Memory.Http.Tests;

public sealed class IsolationTests(Api api) : IClassFixture<Api>
{
    [Fact]
    public async Task Two_resources_never_see_each_others_data()
    {
        var (ada, bob) = (Api.NewId("ada"), Api.NewId("bob"));
        var (adas, bobs) = (await api.NewThreadAsync(ada, "ada's ocelot secret"), await api.NewThreadAsync(bob, "bob's ocelot secret"));
        await api.PutAsync($"/v1/resources/{ada}/working-memory", "ada's notes", "text/plain");
        await api.PutAsync($"/v1/resources/{bob}/working-memory", "bob's notes", "text/plain");
        foreach (var (own, thread, other) in new[] { (ada, adas, "bob's"), (bob, bobs, "ada's") })
        {
            var replies = new[]
            {
                await api.PostAsync($"/v1/resources/{own}/recall", """{"query":"ocelot secret bob's ada's","semanticRecall":{"topK":100,"messageRange":50}}"""),
                await api.PostAsync($"/v1/threads/{thread}/recall", """{"query":"ocelot secret","semanticRecall":{"topK":100,"scope":"resource","messageRange":50}}"""),
                await api.GetAsync($"/v1/threads/{thread}/messages"),
                await api.GetAsync($"/v1/threads?resourceId={own}"),
                await api.GetAsync($"/v1/resources/{own}/export"),
                await api.GetAsync($"/v1/resources/{own}/working-memory"),
            };
            Assert.All(replies, reply => Assert.DoesNotContain(other, reply.Is(200).Body, StringComparison.Ordinal));
            Assert.Equal(["1"], replies[0].All("messages", "position"));
        }
    }

    [Fact]
    public async Task The_same_message_id_in_two_threads_means_two_messages()
    {
        var resource = Api.NewId("resource");
        var (a, b) = (await api.NewThreadAsync(resource), await api.NewThreadAsync(resource));
        (await api.PostAsync($"/v1/threads/{a}/messages", """{"messages":[{"id":"m","role":"user","content":"in a"}]}""")).Is(201);
        (await api.PostAsync($"/v1/threads/{b}/messages", """{"messages":[{"id":"m","role":"user","content":"in b"}]}""")).Is(201);
        (await api.DeleteAsync($"/v1/threads/{a}/messages/m")).Is(204);
        Assert.Equal(["in b"], (await api.GetAsync($"/v1/threads/{b}/messages")).Is(200).All("items", "content"));
    }

    [Fact]
    public async Task Resources_whose_ids_begin_alike_are_two()
    {
        var id = Api.NewId("resource");
        await api.NewThreadAsync(id, "short ibex");
        await api.NewThreadAsync($"{id}x", "long ibex");
        Assert.Equal(["short ibex"], (await api.PostAsync($"/v1/resources/{id}/recall", """{"query":"ibex"}""")).Is(200).All("messages", "content"));
        (await api.DeleteAsync($"/v1/resources/{id}")).Is(200);
        Assert.Equal(["long ibex"], (await api.PostAsync($"/v1/resources/{id}x/recall", """{"query":"ibex"}""")).Is(200).All("messages", "content"));
    }
}
