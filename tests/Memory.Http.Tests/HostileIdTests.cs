namespace Memory.Http.Tests;

public sealed class HostileIdTests(Api api) : IClassFixture<Api>
{
    public static TheoryData<string> Ids =>
    [
        "plain", "it's", "say \"hi\"", "a/b", "/", "//", "a%2Fb", "%2F", "%252F", "%", "%%", "%zz", "%41", "a%20b", "%25", "%2525", ".", "..", "../..", "../threads", "a/../b",
        "#", "a#b", "?", "a?b=c&d", "*", "a*b", "+", "a+b", "a b", " ", " padded ", "🦦", "👩‍👩‍👧‍👦", "漢字", "ñ", "é", "e\u0301", "ﬁ", "İ", "\u202e", "\u00a0", "\ufeff",
        "'; drop table messages; --", "\\", "a\\b", "{threadId}", "{{0}}", "$", "${jndi:x}", "null", "true", "0", "-1", "1e9", "working-memory", "messages", "recall",
        ";", ":", "@", "user@host:1", "a,b", "[x]", "|", "^", "`", "~", "<script>", "&amp;", "_", "%_%", "a%b_c", "=", "!", "(", ")", "A", "a",
        new string('x', 256), new string('%', 256), new string('é', 128), string.Concat(Enumerable.Repeat("🦦", 64)),
    ];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Any_id_works_in_every_route(string id)
    {
        // Such ids cannot be unique to a run: what an earlier one left on a shared server goes first.
        var (thread, message, resource) = (id, id, id);
        var (t, m, r) = ($"/v1/threads/{Api.Escape(thread)}", $"/v1/threads/{Api.Escape(thread)}/messages/{Api.Escape(message)}", $"/v1/resources/{Api.Escape(resource)}");
        if (api.IsBehindRouter && (id.Contains('/', StringComparison.Ordinal) || id.Contains("%2F", StringComparison.OrdinalIgnoreCase)))
        {
            (await api.DeleteAsync(r)).IsProblem(400, "invalid_request"); // rather than another id's
            return;
        }

        Assert.SkipWhen(api.IsBehindRouter && id is "." or "..", "The host's router removes dot segments before anybody sees them.");
        await api.DeleteAsync(r);
        await api.DeleteAsync(t);

        var created = (await api.PostAsync("/v1/threads", $$"""{"id":{{Api.Quote(thread)}},"resourceId":{{Api.Quote(resource)}}}""")).Is(201);
        Assert.Equal(thread, created.Json.GetProperty("id").GetString());
        Assert.Equal(created.Body, (await api.GetAsync(created.Header("Location")!)).Is(200).Body);
        Assert.Equal(thread, (await api.GetAsync($"/v1/threads?resourceId={Api.Escape(resource)}")).Is(200).All("items", "id").Single());

        (await api.PostAsync($"{t}/messages", $$"""{"resourceId":{{Api.Quote(resource)}},"messages":[{"id":{{Api.Quote(message)}},"role":"user","content":"chinchilla"}]}""")).Is(201);
        Assert.Equal(message, (await api.GetAsync($"{t}/messages")).Is(200).All("items", "id").Single());
        (await api.PatchAsync(m, """{"metadata":{"k":1}}""")).Is(200);
        Assert.Equal(thread, (await api.PatchAsync(t, """{"title":"T"}""")).Is(200).Json.GetProperty("id").GetString());
        Assert.Equal(message, (await api.PostAsync($"{t}/recall", """{"query":"chinchilla"}""")).Is(200).All("messages", "id").Single());
        Assert.Equal(thread, (await api.PostAsync($"{r}/recall", """{"query":"chinchilla"}""")).Is(200).All("messages", "threadId").Single());

        (await api.PutAsync($"{t}/working-memory", "thread's", "text/plain")).Is(200);
        (await api.PutAsync($"{r}/working-memory", "resource's", "text/plain")).Is(200);
        Assert.Equal("thread's", (await api.GetAsync($"{t}/working-memory")).Is(200).Body);
        Assert.Equal("resource's", (await api.GetAsync($"{r}/working-memory")).Is(200).Body);
        (await api.DeleteAsync($"{t}/working-memory")).Is(204);
        (await api.PatchAsync($"{t}/working-memory", """{"a":1}""")).Is(200);

        var accepted = (await api.PostAsync($"{t}/messages", """{"messages":[{"role":"user","content":"later"}]}""", ("Prefer", "respond-async"), ("Idempotency-Key", id.Trim().Length > 0 && id == id.Trim() && id.All(char.IsAscii) ? id : "k"))).Is(202);
        Assert.Equal("succeeded", (await OperationTests.EndAsync(api, accepted.Header("Location")!)).Json.GetProperty("status").GetString());
        (await api.GetAsync($"/v1/operations/{Api.Escape(id)}")).IsProblem(404, "operation_not_found");

        var clone = (await api.PostAsync($"{t}/clone", "{}")).Is(201).Header("Location")!;
        Assert.Equal(2, (await api.GetAsync($"{clone}/messages")).Is(200).Items().Count());
        Assert.EndsWith("{\"type\":\"end\",\"threads\":2,\"messages\":4}\n", (await api.GetAsync($"{r}/export")).Is(200).Body, StringComparison.Ordinal);
        (await api.DeleteAsync(m)).Is(204);
        (await api.DeleteAsync(t)).Is(204);
        Assert.Contains("\"leftovers\":0", (await api.DeleteAsync(r)).Is(200).Body, StringComparison.Ordinal);
        (await api.GetAsync(clone)).IsProblem(404, "thread_not_found");
    }

    [Fact]
    public async Task However_much_of_a_path_is_escaped_it_names_the_same_thread()
    {
        var id = api.IsBehindRouter ? $"{Api.NewId("a")} é b" : $"{Api.NewId("a")}/é b";
        (await api.PostAsync("/v1/threads", $$"""{"id":{{Api.Quote(id)}},"resourceId":"{{Api.NewId("r")}}"}""")).Is(201);
        var everything = string.Concat(System.Text.Encoding.UTF8.GetBytes(id).Select(b => $"%{b:x2}"));
        Assert.Equal(id, (await api.GetAsync($"/v1/threads/{everything}")).Is(200).Json.GetProperty("id").GetString());
        Assert.Equal(id, (await api.GetAsync($"/v1/thread%73/{Api.Escape(id)}")).Is(200).Json.GetProperty("id").GetString());
        if (!api.IsBehindRouter)
        {
            (await api.GetAsync($"/v1/threads/{id.Replace(" ", "%20", StringComparison.Ordinal).Replace("é", "%C3%A9", StringComparison.Ordinal)}")).IsProblem(404, "route_not_found");
        }
    }
}
