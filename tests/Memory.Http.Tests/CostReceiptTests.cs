using System.Globalization;

namespace Memory.Http.Tests;

public sealed class CostReceiptTests(Api api) : IClassFixture<Api>
{
    private static readonly (string, string) Asked = ("Memory-Cost", "?1");

    [Fact]
    public async Task An_append_that_asks_gets_its_receipt()
    {
        var reply = await api.PostAsync($"/v1/threads/{Api.NewId("thread")}/messages", """{"resourceId":"r","messages":[{"role":"user","content":"alpha"}]}""", Asked);

        var cost = Cost(reply.Is(201));
        Assert.Equal(["requests", "commands", "bytes-sent", "bytes-received", "embedding-tokens"], cost.Keys);
        Assert.True(cost["requests"] >= 1 && cost["commands"] >= cost["requests"], reply.Header("Memory-Cost"));
        Assert.Equal(["append", "total"], Times(reply).Keys.Except(["embed"]));
        Assert.True(Times(reply)["append"] <= Times(reply)["total"], reply.Header("Server-Timing"));
        if (api.IsOwn)
        {
            // A file: one transaction, and nothing goes anywhere.
            Assert.Equal((1, 0, 0, 0), (cost["requests"], cost["bytes-sent"], cost["bytes-received"], cost["embedding-tokens"]));
        }
    }

    [Fact]
    public async Task A_turn_says_what_each_of_its_parts_took()
    {
        var reply = await api.PostAsync($"/v1/threads/{Api.NewId("thread")}/recall", """{"append":{"resourceId":"r","messages":[{"role":"user","content":"alpha"}]}}""", Asked);

        Assert.Equal(["append", "search", "total"], Times(reply.Is(200)).Keys.Except(["embed"]));
        Assert.True(Cost(reply)["requests"] >= 2, reply.Header("Memory-Cost"));
    }

    [Fact]
    public async Task A_refusal_has_its_receipt_too()
    {
        var reply = (await api.GetAsync($"/v1/threads/{Api.NewId("ghost")}", Asked)).IsProblem(404, "thread_not_found");
        Assert.True(Cost(reply)["requests"] >= 1, reply.Header("Memory-Cost"));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("?0")]
    [InlineData("1")]
    [InlineData("?1?")]
    public async Task Nobody_else_gets_one(string? value)
    {
        var reply = await api.GetAsync($"/v1/threads/{Api.NewId("ghost")}", value is null ? [] : [("Memory-Cost", value)]);
        Assert.Equal((404, null, null), (reply.Status, reply.Header("Memory-Cost"), reply.Header("Server-Timing")));
    }

    private static Dictionary<string, long> Cost(Reply reply) => Pairs(reply, "Memory-Cost", "=").ToDictionary(pair => pair.Name, pair => long.Parse(pair.Value, CultureInfo.InvariantCulture));

    private static Dictionary<string, double> Times(Reply reply) => Pairs(reply, "Server-Timing", ";dur=").ToDictionary(pair => pair.Name, pair => double.Parse(pair.Value, CultureInfo.InvariantCulture));

    private static IEnumerable<(string Name, string Value)> Pairs(Reply reply, string header, string separator) =>
        from part in (reply.Header(header) ?? throw new InvalidOperationException($"No {header}.")).Split(", ")
        let pair = part.Split(separator)
        select (pair[0], pair[1]);
}
