namespace Memory.Http.Tests;

public sealed class AppendTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task An_append_makes_the_thread_and_says_where_each_message_is()
    {
        var thread = Api.NewId("thread");
        var reply = (await PostAsync(thread, $$$$"""
            {"resourceId":"{{{{resource}}}}","messages":[
                {"id":"a","role":"system","content":"Be kind."},
                {"role":"user","name":"Ada","content":"Hello","createdAt":"2030-01-31T10:00:00.1234567+01:00","metadata":{"k":1}}]}
            """)).Is(201).Json;
        Assert.Equal("threadId messages pendingEmbeddings", Reply.Shape(reply));
        Assert.Equal(thread, reply.GetProperty("threadId").GetString());
        Assert.Equal(0, reply.GetProperty("pendingEmbeddings").GetInt32());
        var messages = reply.GetProperty("messages").EnumerateArray().ToList();
        Assert.All(messages, message => Assert.Equal("id position createdAt duplicate", Reply.Shape(message)));
        Assert.Equal("a", messages[0].GetProperty("id").GetString());
        Assert.Equal(7, Guid.Parse(messages[1].GetProperty("id").GetString()!).Version);
        Assert.Equal([1, 2], messages.Select(message => message.GetProperty("position").GetInt32()));
        Assert.All(messages, message => Assert.False(message.GetProperty("duplicate").GetBoolean()));
        Assert.Equal("2030-01-31T09:00:00.123456Z", messages[1].GetProperty("createdAt").GetString());
        Assert.Equal(resource, (await api.GetAsync($"/v1/threads/{thread}")).Is(200).Json.GetProperty("resourceId").GetString());
    }

    [Fact]
    public async Task The_same_message_again_is_a_duplicate_at_its_position_and_writes_nothing()
    {
        var thread = await api.NewThreadAsync(resource, "before");
        const string body = """{"messages":[{"id":"m","role":"user","content":[{"type":"text","text":"x"}],"metadata":{"a":1,"b":2}}]}""";
        (await PostAsync(thread, body)).Is(201);
        await api.AppendAsync(thread, "after");
        var state = (await api.GetAsync($"/v1/threads/{thread}")).Is(200).Body;

        // White space and the order of members say nothing.
        var again = (await PostAsync(thread, """{"messages":[{"role":"user","id":"m","metadata":{"b":2,"a":1},"content":[ {"text":"x","type":"text"} ]}]}""")).Is(201);
        var message = again.Items("messages").Single();
        Assert.True(message.GetProperty("duplicate").GetBoolean());
        Assert.Equal(2, message.GetProperty("position").GetInt32());
        Assert.Equal(state, (await api.GetAsync($"/v1/threads/{thread}")).Is(200).Body);
    }

    [Fact]
    public async Task Duplicates_and_new_messages_may_come_together()
    {
        var thread = await api.NewThreadAsync(resource);
        (await PostAsync(thread, """{"messages":[{"id":"a","role":"user","content":"A"}]}""")).Is(201);
        var reply = (await PostAsync(thread, """{"messages":[{"id":"a","role":"user","content":"A"},{"id":"b","role":"user","content":"B"},{"id":"b","role":"user","content":"B"}]}""")).Is(201);
        Assert.Equal(["True", "False", "True"], reply.All("messages", "duplicate"));
        Assert.Equal(["1", "2", "2"], reply.All("messages", "position"));
    }

    [Fact]
    public async Task Other_content_under_a_taken_id_is_a_conflict_that_names_the_ids_and_writes_nothing()
    {
        var thread = await api.NewThreadAsync(resource);
        (await PostAsync(thread, """{"messages":[{"id":"a","role":"user","content":"A"},{"id":"b","role":"user","content":"B"}]}""")).Is(201);
        var state = (await api.GetAsync($"/v1/threads/{thread}")).Is(200).Body;
        var conflict = await PostAsync(thread, """{"messages":[{"role":"user","content":"new"},{"id":"a","role":"user","content":"other"},{"id":"b","role":"assistant","content":"B"}]}""");
        conflict.IsProblem(409, "message_conflict");
        Assert.Equal(["a", "b"], conflict.Items("messageIds").Select(id => id.GetString()));
        Assert.Equal(state, (await api.GetAsync($"/v1/threads/{thread}")).Is(200).Body);
        Assert.Equal(2, (await api.GetAsync($"/v1/threads/{thread}/messages")).Items().Count());
    }

    [Fact]
    public async Task An_expected_position_that_has_passed_is_refused_with_the_last_one()
    {
        var thread = await api.NewThreadAsync(resource, "one", "two");
        const string body = """{"expectedPosition":2,"messages":[{"id":"c","role":"user","content":"three"}]}""";
        (await PostAsync(thread, body)).Is(201);
        Assert.True((await PostAsync(thread, body)).Is(201).Items("messages").Single().GetProperty("duplicate").GetBoolean()); // a retry is not held against the caller
        var refused = (await PostAsync(thread, """{"expectedPosition":2,"messages":[{"role":"user","content":"four"}]}""")).IsProblem(409, "position_mismatch");
        Assert.Equal(3, refused.Json.GetProperty("lastPosition").GetInt64());
        Assert.Equal(3, (await api.GetAsync($"/v1/threads/{thread}")).Json.GetProperty("messageCount").GetInt32());
    }

    [Fact]
    public async Task An_idempotency_key_gives_the_same_ids_again()
    {
        var thread = await api.NewThreadAsync(resource);
        const string body = """{"messages":[{"role":"user","content":"A"},{"id":"own","role":"user","content":"B"},{"role":"user","content":"A"}]}""";
        var first = (await PostAsync(thread, body, ("Idempotency-Key", "turn 1"))).Is(201);
        var second = (await PostAsync(thread, body, ("Idempotency-Key", "turn 1"))).Is(201);
        Assert.Equal(first.All("messages", "id"), second.All("messages", "id"));
        Assert.Equal(3, first.All("messages", "id").Distinct().Count());
        Assert.Equal("own", first.All("messages", "id")[1]);
        Assert.Equal(["True", "True", "True"], second.All("messages", "duplicate"));
        Assert.Equal(["1", "2", "3"], second.All("messages", "position"));
        Assert.Equal(["4", "5"], (await PostAsync(thread, body, ("Idempotency-Key", "turn 2"))).Is(201).All("messages", "position").Where(position => position != "2"));
    }

    [Fact]
    public async Task An_idempotency_key_with_other_content_is_a_conflict()
    {
        var thread = await api.NewThreadAsync(resource);
        (await PostAsync(thread, """{"messages":[{"role":"user","content":"A"}]}""", ("Idempotency-Key", "k"))).Is(201);
        (await PostAsync(thread, """{"messages":[{"role":"user","content":"B"}]}""", ("Idempotency-Key", "k"))).IsProblem(409, "message_conflict");
    }

    [Fact]
    public async Task A_missing_thread_without_a_resource_and_another_resources_thread_look_the_same()
    {
        var thread = await api.NewThreadAsync(resource);
        const string message = """{"role":"user","content":"A"}""";
        (await PostAsync(Api.NewId("ghost"), $$"""{"messages":[{{message}}]}""")).IsProblem(404, "thread_not_found");
        (await PostAsync(thread, $$"""{"resourceId":"{{Api.NewId("other")}}","messages":[{{message}}]}""")).IsProblem(404, "thread_not_found");
        (await PostAsync(thread, $$"""{"resourceId":"{{resource}}","messages":[{{message}}]}""")).Is(201);
        Assert.Equal(1, (await api.GetAsync($"/v1/threads/{thread}")).Json.GetProperty("messageCount").GetInt32());
    }

    [Fact]
    public async Task Concurrent_appends_leave_no_gap_and_stay_together()
    {
        var thread = await api.NewThreadAsync(resource);
        await Task.WhenAll(Enumerable.Range(0, 40).Select(writer => api.AppendAsync(thread, $"{writer} first", $"{writer} second")));
        var items = (await api.GetAsync($"/v1/threads/{thread}/messages?limit=1000")).Is(200).Items().ToList();
        Assert.Equal(Enumerable.Range(1, 80), items.Select(item => item.GetProperty("position").GetInt32()));
        foreach (var pair in items.Select(item => item.GetProperty("content").GetString()!.Split(' ')).Chunk(2))
        {
            Assert.Equal((pair[0][0], "second"), (pair[1][0], pair[1][1]));
        }
    }

    [Fact]
    public async Task Everything_that_is_wrong_is_named_by_its_path() =>
        (await PostAsync(Api.NewId("thread"), """
            {"resourceId":"","expectedPosition":-1,"messages":[
                {"id":"","role":"robot","name":"","content":5,"createdAt":"today","metadata":[]}, null]}
            """)).IsInvalid(
                "$.resourceId", "$.expectedPosition", "$.messages[0].id", "$.messages[0].role", "$.messages[0].name", "$.messages[0].content",
                "$.messages[0].createdAt", "$.messages[0].metadata", "$.messages[1]");

    private Task<Reply> PostAsync(string thread, string json, params (string, string)[] headers) => api.PostAsync($"/v1/threads/{thread}/messages", json, headers);
}
