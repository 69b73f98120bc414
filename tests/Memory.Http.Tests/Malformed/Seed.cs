namespace Memory.Http.Tests.Malformed;

/// <summary>What malformed requests are aimed at: two threads with messages, working memory and an operation of a resource.</summary>
internal sealed class Seed(Api api)
{
    public string Resource { get; } = Api.NewId("seed");

    public string Thread { get; } = Api.NewId("seed-thread");

    public IReadOnlyList<Route> Routes =>
    [
        new("POST", "/v1/threads", $$$"""{"resourceId":"{{{Resource}}}","id":"{{{Thread}}}-new","title":"T","metadata":{"a":[1,"x"]}}""", Small),
        new("POST", $"/v1/threads/{Thread}/clone", $$"""{"id":"{{Thread}}-clone","upTo":1,"resourceId":"{{Resource}}"}""", Small),
        new("POST", $"/v1/threads/{Thread}/messages", $$$"""{"resourceId":"{{{Resource}}}","messages":[{"role":"user","content":"x","metadata":{"a":1}},{"role":"tool","content":[{"type":"text","text":"y"}]}]}""", Large),
        new("POST", $"/v1/threads/{Thread}/recall", $$$$"""{"append":{"messages":[{"role":"user","content":"x"}]},"query":"q","semanticRecall":{"topK":1,"filter":{"role":"user"}}}""", Large),
        new("POST", $"/v1/resources/{Resource}/recall", """{"query":"q","semanticRecall":{"topK":1,"messageRange":{"before":1}}}""", Large),
        new("PATCH", $"/v1/threads/{Thread}", """{"title":"U","metadata":{"a":null}}""", Small),
        new("PATCH", $"/v1/threads/{Thread}/messages/m1", """{"content":"changed","metadata":{"a":null}}""", Large),
        new("PATCH", $"/v1/threads/{Thread}/working-memory", """{"a":{"b":null}}""", Small),
        new("PATCH", $"/v1/resources/{Resource}/working-memory", """{"a":[1,{"b":2}]}""", Small),
        new("PUT", $"/v1/threads/{Thread}/working-memory", """{"new":["x",true,1.5]}""", Small),
        new("PUT", $"/v1/resources/{Resource}/working-memory", """{"new":{"deep":"x"}}""", Small),
    ];

    private const int Small = 256 * 1024;
    private const int Large = 4 * 1024 * 1024;

    public async Task WriteAsync()
    {
        (await api.PostAsync("/v1/threads", $$$"""{"id":"{{{Thread}}}","resourceId":"{{{Resource}}}","title":"Kept","metadata":{"a":1}}""")).Is(201);
        (await api.PostAsync($"/v1/threads/{Thread}/messages", """{"messages":[{"id":"m1","role":"user","content":"one","metadata":{"a":1}},{"id":"m2","role":"assistant","content":"two"}]}""")).Is(201);
        (await api.PutAsync($"/v1/threads/{Thread}/working-memory", """{"kept":1}""", Api.Json)).Is(200);
        (await api.PutAsync($"/v1/resources/{Resource}/working-memory", """{"kept":2}""", Api.Json)).Is(200);
        await api.NewThreadAsync(Resource, "other");
    }

    /// <summary>Everything the store holds, as the API shows it; on a shared server, everything that bears the seed's name.</summary>
    public async Task<string> DumpAsync()
    {
        var dump = new List<string>();
        for (string? query = "?limit=1000"; query is not null;)
        {
            var page = (await api.GetAsync($"/v1/resources{query}")).Is(200);
            foreach (var id in page.All("items", "id").Where(id => api.IsOwn || id!.Contains(Resource, StringComparison.Ordinal)))
            {
                dump.Add((await api.GetAsync($"/v1/resources/{Api.Escape(id!)}/export")).Is(200).Body);
            }

            query = page.Json.GetProperty("nextCursor").GetString() is { } cursor ? $"?limit=1000&cursor={Api.Escape(cursor)}" : null;
        }

        return string.Join('\n', dump);
    }
}
