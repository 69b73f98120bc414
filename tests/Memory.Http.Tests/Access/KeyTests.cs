using Memory.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http.Tests;

/// <summary>Kept keys: who holds one, and what it opens.</summary>
public sealed class KeyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_key_for_one_resource_opens_that_one_only()
    {
        await using var server = await StartAsync();
        var ada = await server.NewKeyAsync(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only("ada"));
        var bob = await server.NewKeyAsync(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only("bob"));
        (await server.SendAsync(bob, "POST", "/v1/threads/bobs/messages", """{"messages":[{"id":"m","role":"user","content":"bob's secret"}]}""")).Is(201);

        // It need not be named where the key names it.
        (await server.SendAsync(ada, "POST", "/v1/threads", """{"id":"adas"}""")).Is(201);
        Assert.Equal("ada", (await server.SendAsync(ada, "GET", "/v1/threads/adas")).Is(200).Json.GetProperty("resourceId").GetString());
        Assert.Equal(["adas"], (await server.SendAsync(ada, "GET", "/v1/threads")).Is(200).All("items", "id"));

        foreach (var (method, path, body) in Threads("bobs"))
        {
            var reply = (await server.SendAsync(ada, method, path, body)).IsProblem(404, path.EndsWith("/m", StringComparison.Ordinal) ? "message_not_found" : "thread_not_found");
            if (body?.Contains("messages", StringComparison.Ordinal) == true)
            {
                continue; // it would make the thread
            }

            var missing = await server.SendAsync(ada, method, path.Replace("bobs", "nobodys", StringComparison.Ordinal), body);
            Assert.Equal(missing.Body.Replace("nobodys", "bobs", StringComparison.Ordinal), reply.Body); // no more is said of it than of none
        }

        foreach (var (method, path, body) in Resources("bob"))
        {
            var reply = (await server.SendAsync(ada, method, path, body)).IsProblem(403, "forbidden");
            Assert.Equal("Bearer error=\"insufficient_scope\"", reply.Header("WWW-Authenticate"));
            Assert.Equal(reply.Body, (await server.SendAsync(ada, method, path.Replace("bob", "nobody", StringComparison.Ordinal), body?.Replace("bob", "nobody", StringComparison.Ordinal))).Body);
        }

        Assert.Equal(["bob's secret"], (await server.SendAsync(bob, "GET", "/v1/threads/bobs/messages")).Is(200).All("items", "content"));
    }

    [Fact]
    public async Task A_key_for_a_beginning_opens_every_resource_that_begins_so()
    {
        await using var server = await StartAsync();
        var everything = await server.NewKeyAsync(AccessScopes.Admin, ResourceSelector.All);
        var acme = await server.NewKeyAsync(AccessScopes.Admin, ResourceSelector.BeginningWith("acme/"));
        foreach (var resource in (string[])["acme", "acme/1", "acme/2", "acmex/1"])
        {
            (await server.SendAsync(everything, "POST", "/v1/threads", $$"""{"id":"{{resource}}-thread","resourceId":"{{resource}}"}""")).Is(201);
        }

        Assert.Equal(["acme/1", "acme/2"], (await server.SendAsync(acme, "GET", "/v1/resources")).Is(200).All("items", "id"));
        Assert.Equal(4, (await server.SendAsync(everything, "GET", "/v1/resources")).Is(200).Items().Count());
        (await server.SendAsync(acme, "POST", "/v1/threads/acme%2F1-thread/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).Is(201);
        (await server.SendAsync(acme, "GET", "/v1/threads/acme%2F1-thread/messages")).Is(200);
        (await server.SendAsync(acme, "GET", "/v1/threads/acme-thread/messages")).IsProblem(404, "thread_not_found");
        (await server.SendAsync(acme, "POST", "/v1/threads/acmex%2F1-thread/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).IsProblem(404, "thread_not_found");
        (await server.SendAsync(acme, "POST", "/v1/threads/new/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).IsProblem(404, "thread_not_found");
        (await server.SendAsync(acme, "POST", "/v1/threads/new/recall", """{"append":{"resourceId":"acme/3","messages":[{"role":"user","content":"hello"}]}}""")).Is(200);
        (await server.SendAsync(acme, "POST", "/v1/threads", """{"id":"t"}""")).IsInvalid("$.resourceId");
        (await server.SendAsync(acme, "DELETE", "/v1/resources/acme")).IsProblem(403, "forbidden");
        (await server.SendAsync(acme, "DELETE", "/v1/resources/acme%2F1")).Is(200);
        (await server.SendAsync(acme, "POST", "/v1/reembed", "{}")).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task A_scope_opens_what_it_says()
    {
        await using var server = await StartAsync();
        var reader = await server.NewKeyAsync(AccessScopes.Read, ResourceSelector.Only("ada"));
        var writer = await server.NewKeyAsync(AccessScopes.Write, ResourceSelector.Only("ada"));
        const string Append = """{"messages":[{"id":"m","role":"user","content":"hello"}]}""";

        (await server.SendAsync(reader, "POST", "/v1/threads/t/messages", Append)).IsProblem(403, "forbidden");
        (await server.SendAsync(writer, "POST", "/v1/threads/t/messages", Append)).Is(201);
        (await server.SendAsync(writer, "GET", "/v1/threads/t/messages")).IsProblem(403, "forbidden");
        (await server.SendAsync(writer, "POST", "/v1/threads/t/recall", """{"query":"hello"}""")).IsProblem(403, "forbidden");
        (await server.SendAsync(writer, "PATCH", "/v1/threads/t/messages/m", """{"name":"Ada"}""")).IsProblem(403, "forbidden"); // its answer is the message
        (await server.SendAsync(reader, "POST", "/v1/threads/t/recall", """{"query":"hello"}""")).Is(200);
        (await server.SendAsync(reader, "POST", "/v1/threads/t/recall", """{"append":{"messages":[{"role":"user","content":"more"}]}}""")).IsProblem(403, "forbidden");
        (await server.SendAsync(reader, "GET", "/v1/resources/ada/export")).Is(200);
        foreach (var (method, path) in ((string, string)[])[("DELETE", "/v1/resources/ada"), ("GET", "/v1/resources"), ("POST", "/v1/tokens")])
        {
            (await server.SendAsync(reader, method, path)).IsProblem(403, "forbidden");
            (await server.SendAsync(writer, method, path)).IsProblem(403, "forbidden");
        }

        var accepted = (await server.SendAsync(writer, "POST", "/v1/threads/t/messages", Append, ("Prefer", "respond-async"))).Is(202).Header("Location")!; // a 202 has one
        (await server.SendAsync(writer, "GET", accepted)).Is(200);
        (await server.SendAsync(await server.NewKeyAsync(AccessScopes.Admin, ResourceSelector.Only("bob")), "GET", accepted)).IsProblem(404, "operation_not_found");
    }

    [Fact]
    public async Task An_unknown_expired_or_revoked_key_opens_nothing_and_the_answers_are_alike()
    {
        await using var server = await StartAsync("--Memory:Http:KeyCacheSeconds", "0");
        var keys = server.Services.GetRequiredService<AccessKeys>();
        var (key, text) = await keys.CreateAsync(AccessGrant.Everything, "to revoke", expiresAt: null, Token);
        var brief = await server.NewKeyAsync(AccessScopes.Admin, ResourceSelector.All, DateTimeOffset.UtcNow.AddSeconds(1));
        (await server.SendAsync(text.Reveal(), "GET", "/v1/resources")).Is(200);

        Assert.True(await keys.RevokeAsync(key.Id, Token));
        await Task.Delay(1_100, Token);
        var shown = text.Reveal();
        var replies = new List<Reply>();
        foreach (var credentials in (string[])[shown, brief, KeyText.New().Reveal(), shown[..^1] + (shown[^1] == 'A' ? 'B' : 'A'), "mem_", "a.b.c", "Bearer"])
        {
            replies.Add((await server.SendAsync(credentials, "GET", "/v1/resources")).IsProblem(401, "unauthorized"));
        }

        Assert.Single(replies.Select(reply => reply.Body).Distinct());
        Assert.All(replies, reply => Assert.Equal("Bearer", reply.Header("WWW-Authenticate")));
    }

    [Fact]
    public async Task A_rotated_key_and_its_successor_both_open_for_a_while()
    {
        await using var server = await StartAsync("--Memory:Http:KeyCacheSeconds", "0");
        var keys = server.Services.GetRequiredService<AccessKeys>();
        var (old, oldText) = await keys.CreateAsync(new AccessGrant(AccessScopes.Read, ResourceSelector.Only("ada")), "edge", expiresAt: null, Token);
        var (made, text) = (await keys.RotateAsync(old.Id, TimeSpan.FromSeconds(2), Token))!.Value;
        Assert.Equal((old.Grant, old.Name), (made.Grant, made.Name));
        (await server.SendAsync(oldText.Reveal(), "GET", "/v1/threads")).Is(200);
        (await server.SendAsync(text.Reveal(), "GET", "/v1/threads")).Is(200);

        await Task.Delay(2_100, Token);
        (await server.SendAsync(oldText.Reveal(), "GET", "/v1/threads")).IsProblem(401, "unauthorized");
        (await server.SendAsync(text.Reveal(), "GET", "/v1/threads")).Is(200);
        Assert.Null(await keys.RotateAsync(old.Id, TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task Guessing_is_slowed_down_and_known_keys_are_not()
    {
        await using var server = await StartAsync();
        var key = await server.NewKeyAsync(AccessScopes.Read, ResourceSelector.Only("ada"));
        (await server.SendAsync(key, "GET", "/v1/threads")).Is(200);
        var guesses = new List<Reply>();
        for (var i = 0; i < 200; i++)
        {
            guesses.Add(await server.SendAsync(KeyText.New().Reveal(), "GET", "/v1/threads"));
        }

        Assert.All(guesses, guess => Assert.True(guess.Status is 401 or 429));
        Assert.Equal("1", guesses.First(guess => guess.Status == 429).IsProblem(429, "too_many_requests").Header("Retry-After"));
        (await server.SendAsync(key, "GET", "/v1/threads")).Is(200);
    }

    [Fact]
    public async Task Without_credentials_nothing_is_read_of_a_body()
    {
        await using var server = await StartAsync();
        (await server.SendAsync(null, "POST", "/v1/threads/t/messages", "{")).IsProblem(401, "unauthorized");
        (await server.SendAsync(null, "GET", "/v1/nothing")).IsProblem(401, "unauthorized");
    }

    private static Task<OwnServer> StartAsync(params string[] settings) => OwnServer.StartAsync(["--Memory:Http:RequireAuthentication", "true", .. settings]);

    private static IEnumerable<(string Method, string Path, string? Body)> Threads(string id) =>
    [
        ("GET", $"/v1/threads/{id}", null),
        ("PATCH", $"/v1/threads/{id}", """{"title":"mine"}"""),
        ("DELETE", $"/v1/threads/{id}", null),
        ("POST", $"/v1/threads/{id}/clone", "{}"),
        ("POST", $"/v1/threads/{id}/messages", """{"messages":[{"role":"user","content":"mine"}]}"""),
        ("GET", $"/v1/threads/{id}/messages", null),
        ("GET", $"/v1/threads/{id}/messages?last=5", null),
        ("PATCH", $"/v1/threads/{id}/messages/m", """{"content":"mine"}"""),
        ("POST", $"/v1/threads/{id}/recall", """{"query":"secret"}"""),
        ("POST", $"/v1/threads/{id}/recall", """{"query":"secret","semanticRecall":{"scope":"resource"}}"""),
        ("POST", $"/v1/threads/{id}/recall", """{"append":{"messages":[{"role":"user","content":"secret"}]}}"""),
        ("GET", $"/v1/threads/{id}/working-memory", null),
        ("PUT", $"/v1/threads/{id}/working-memory", "{}"),
        ("PATCH", $"/v1/threads/{id}/working-memory", "{}"),
        ("DELETE", $"/v1/threads/{id}/working-memory", null),
    ];

    private static IEnumerable<(string Method, string Path, string? Body)> Resources(string id) =>
    [
        ("POST", "/v1/threads", $$"""{"resourceId":"{{id}}"}"""),
        ("GET", $"/v1/threads?resourceId={id}", null),
        ("POST", "/v1/threads/new/messages", $$"""{"resourceId":"{{id}}","messages":[{"role":"user","content":"x"}]}"""),
        ("POST", $"/v1/resources/{id}/recall", """{"query":"secret"}"""),
        ("GET", $"/v1/resources/{id}/export", null),
        ("DELETE", $"/v1/resources/{id}", null),
        ("GET", $"/v1/resources/{id}/working-memory", null),
        ("PUT", $"/v1/resources/{id}/working-memory", "{}"),
        ("PATCH", $"/v1/resources/{id}/working-memory", "{}"),
        ("DELETE", $"/v1/resources/{id}/working-memory", null),
    ];
}
