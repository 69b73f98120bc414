namespace Memory.Http.Tests;

public sealed class OperationTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task An_append_for_later_is_accepted_with_its_address_and_done_soon()
    {
        var thread = Api.NewId("thread");
        var accepted = (await LaterAsync(thread, $$"""{"resourceId":"{{resource}}","messages":[{"id":"a","role":"user","content":"x"},{"role":"user","content":"y"}]}""")).Is(202);
        var id = accepted.Json.GetProperty("id").GetString()!;
        Assert.Equal($"/v1/operations/{id}", accepted.Header("Location"));
        Assert.Equal("respond-async", accepted.Header("Preference-Applied"));
        Assert.Equal("id kind threadId status attempts createdAt updatedAt", Reply.Shape(accepted.Json));
        Assert.Equal(("append", thread, "queued", 0), (
            accepted.Json.GetProperty("kind").GetString(), accepted.Json.GetProperty("threadId").GetString(),
            accepted.Json.GetProperty("status").GetString(), accepted.Json.GetProperty("attempts").GetInt32()));

        var ended = await EndAsync(api, accepted.Header("Location")!);
        Assert.Equal("id kind threadId status attempts createdAt updatedAt result", Reply.Shape(ended.Json));
        Assert.Equal("succeeded", ended.Json.GetProperty("status").GetString());
        var result = ended.Json.GetProperty("result");
        Assert.Equal("threadId messages pendingEmbeddings", Reply.Shape(result));
        Assert.Equal([1, 2], result.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("position").GetInt32()));
        Assert.Equal(
            result.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("id").GetString()),
            (await api.GetAsync($"/v1/threads/{thread}/messages")).Is(200).All("items", "id"));
    }

    [Fact]
    public async Task What_cannot_be_done_fails_with_its_reason()
    {
        var missing = await EndAsync(api, (await LaterAsync(Api.NewId("ghost"), """{"messages":[{"role":"user","content":"x"}]}""")).Is(202).Header("Location")!);
        AssertFailed(missing, "thread_not_found");

        var thread = await api.NewThreadAsync(resource);
        await api.PostAsync($"/v1/threads/{thread}/messages", """{"messages":[{"id":"m","role":"user","content":"A"}]}""");
        AssertFailed(await EndAsync(api, (await LaterAsync(thread, """{"messages":[{"id":"m","role":"user","content":"B"}]}""")).Is(202).Header("Location")!), "message_conflict");
        AssertFailed(await EndAsync(api, (await LaterAsync(thread, """{"expectedPosition":7,"messages":[{"role":"user","content":"C"}]}""")).Is(202).Header("Location")!), "position_mismatch");
        Assert.Equal(1, (await api.GetAsync($"/v1/threads/{thread}")).Json.GetProperty("messageCount").GetInt32());
    }

    [Fact]
    public async Task The_same_key_and_request_are_the_same_operation()
    {
        var thread = await api.NewThreadAsync(resource);
        const string body = """{"messages":[{"role":"user","content":"once"}]}""";
        var first = (await LaterAsync(thread, body, ("Idempotency-Key", "k"))).Is(202);
        var second = (await LaterAsync(thread, body, ("Idempotency-Key", "k"))).Is(202);
        Assert.Equal(first.Header("Location"), second.Header("Location"));
        await EndAsync(api, first.Header("Location")!);
        Assert.Equal(first.Header("Location"), (await LaterAsync(thread, body, ("Idempotency-Key", "k"))).Is(202).Header("Location"));
        Assert.True((await api.PostAsync($"/v1/threads/{thread}/messages", body, ("Idempotency-Key", "k"))).Is(201).Items("messages").Single().GetProperty("duplicate").GetBoolean());
        Assert.Single((await api.GetAsync($"/v1/threads/{thread}/messages")).Items());

        var other = await EndAsync(api, (await LaterAsync(thread, """{"messages":[{"role":"user","content":"other"}]}""", ("Idempotency-Key", "k"))).Is(202).Header("Location")!);
        AssertFailed(other, "message_conflict");
    }

    [Fact]
    public async Task A_bad_request_is_refused_before_it_is_accepted()
    {
        (await LaterAsync(Api.NewId("thread"), """{"messages":[]}""")).IsInvalid("$.messages");
        (await LaterAsync(Api.NewId("thread"), "{")).IsProblem(400, "invalid_request");
    }

    [Fact]
    public async Task Appends_for_later_keep_their_order_within_a_thread()
    {
        var thread = await api.NewThreadAsync(resource);
        var locations = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            locations.Add((await LaterAsync(thread, $$"""{"messages":[{"role":"user","content":"{{i}}"}]}""")).Is(202).Header("Location")!);
        }

        foreach (var location in locations)
        {
            await EndAsync(api, location);
        }

        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), (await api.GetAsync($"/v1/threads/{thread}/messages")).All("items", "content"));
    }

    [Fact]
    public async Task An_unknown_operation_is_404() =>
        (await api.GetAsync($"/v1/operations/{Api.NewId("ghost")}")).IsProblem(404, "operation_not_found");

    internal static async Task<Reply> EndAsync(Api api, string location)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ;)
        {
            var operation = (await api.GetAsync(location)).Is(200);
            var status = operation.Json.GetProperty("status").GetString();
            if (status is "succeeded" or "failed")
            {
                return operation;
            }

            Assert.True(status is "queued" or "running", operation.Body);
            Assert.True(DateTime.UtcNow < deadline, $"The operation does not end: {operation.Body}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    private static void AssertFailed(Reply operation, string code)
    {
        Assert.Equal("id kind threadId status attempts createdAt updatedAt error", Reply.Shape(operation.Json));
        Assert.Equal(("failed", 1), (operation.Json.GetProperty("status").GetString(), operation.Json.GetProperty("attempts").GetInt32()));
        var error = operation.Json.GetProperty("error");
        Assert.Equal("code message", Reply.Shape(error));
        Assert.Equal(code, error.GetProperty("code").GetString());
        Assert.NotEqual("", error.GetProperty("message").GetString());
    }

    private Task<Reply> LaterAsync(string thread, string json, params (string, string)[] headers) =>
        api.PostAsync($"/v1/threads/{thread}/messages", json, [("Prefer", "respond-async, wait=5"), .. headers]);
}
