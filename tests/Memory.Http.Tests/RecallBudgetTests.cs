namespace Memory.Http.Tests;

public sealed class RecallBudgetTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task A_budget_keeps_the_newest_and_the_best_and_never_parts_a_call_from_its_result()
    {
        var thread = await NewConversationAsync();
        var everything = 0;
        for (var budget = 1; budget <= 400; budget += 7)
        {
            var reply = (await api.PostAsync($"/v1/threads/{thread}/recall", $$$"""{"query":"zeppelin","lastMessages":6,"maxTokens":{{{budget}}},"semanticRecall":{"topK":1,"messageRange":1}}""")).Is(200);
            var usage = reply.Json.GetProperty("usage");
            Assert.InRange(usage.GetProperty("tokens").GetInt32(), 0, budget);
            Assert.False(usage.GetProperty("estimated").GetBoolean());
            var positions = reply.All("messages", "position");
            Assert.Equal(positions.Length, usage.GetProperty("messages").GetInt32());
            Assert.Equal(positions.Contains("2"), positions.Contains("3"));
            Assert.Equal(positions.Contains("14"), positions.Contains("16"));
            Assert.True(positions.Length == 0 || positions.Contains("20") || !positions.Contains("19"), $"A gap in the newest: {string.Join(' ', positions)}");
            everything = Math.Max(everything, positions.Length);
        }

        Assert.Equal(10, everything); // 15 to 20 and the call at 14; the hit at 2 with 1 and 3
    }

    [Fact]
    public async Task A_last_message_that_is_a_result_brings_its_call()
    {
        var thread = await api.NewThreadAsync(resource);
        (await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{{Call("c")}},{"role":"user","content":"wait"},{{Result("c")}}]}""")).Is(201);
        var reply = (await api.PostAsync($"/v1/threads/{thread}/recall", """{"lastMessages":1}""")).Is(200);
        Assert.Equal(["1", "3"], reply.All("messages", "position"));
        Assert.Equal(["context", "recent"], reply.All("messages", "source"));
    }

    private static string Call(string id) => $$$"""{"role":"assistant","content":[{"type":"tool-call","toolCallId":"{{{id}}}","toolName":"look","args":{"what":"zeppelin"}},{"type":"text","text":"zeppelin {{{id}}}"}]}""";

    private static string Result(string id) => $$"""{"role":"tool","content":[{"type":"tool-result","toolCallId":"{{id}}","result":"none of it was there, said the keeper of the yard"}]}""";

    private async Task<string> NewConversationAsync()
    {
        var thread = await api.NewThreadAsync(resource);
        var messages = Enumerable.Range(1, 20).Select(i => i switch
        {
            2 => Call("early"),
            3 => Result("early"),
            14 => Call("late").Replace("zeppelin", "balloon", StringComparison.Ordinal),
            16 => Result("late"),
            _ => $$"""{"role":"user","content":"filler{{i}} of some length to count"}""",
        });
        (await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{{string.Join(',', messages)}}]}""")).Is(201);
        return thread;
    }
}
