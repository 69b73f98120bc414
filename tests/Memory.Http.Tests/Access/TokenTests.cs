using System.Buffers.Text;
using System.Text;
using Memory.Core;

namespace Memory.Http.Tests;

/// <summary>The tokens that a back end hands to agents at the edge.</summary>
public sealed class TokenTests
{
    private const string Owner = "correct horse battery staple";
    private static readonly string Key = Convert.ToBase64String(Enumerable.Range(0, 32).Select(i => (byte)i).ToArray());
    private static readonly string OtherKey = Convert.ToBase64String(Enumerable.Range(1, 32).Select(i => (byte)i).ToArray());

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_token_opens_its_resource_for_its_scopes_until_it_expires()
    {
        await using var server = await StartAsync(Key);
        var reply = (await server.SendAsync(Owner, "POST", "/v1/tokens", """{"resourceId":"ada","expiresInSeconds":2}""")).Is(201);
        Assert.Equal("token resourceId scopes expiresAt", Reply.Shape(reply.Json));
        Assert.Equal("no-store", reply.Header("Cache-Control"));
        var token = reply.Json.GetProperty("token").GetString();
        (await server.SendAsync(token, "POST", "/v1/threads/t/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).Is(201);
        (await server.SendAsync(token, "GET", "/v1/threads/t/messages")).Is(200);
        (await server.SendAsync(token, "GET", "/v1/threads?resourceId=bob")).IsProblem(403, "forbidden");
        (await server.SendAsync(token, "POST", "/v1/tokens", """{"resourceId":"ada"}""")).IsProblem(403, "forbidden");

        var reader = await IssueAsync(server, """{"resourceId":"ada","scopes":["read"]}""");
        (await server.SendAsync(reader, "POST", "/v1/threads/t/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).IsProblem(403, "forbidden");

        await Task.Delay(2_100, Token);
        (await server.SendAsync(token, "GET", "/v1/threads/t/messages")).IsProblem(401, "unauthorized");
    }

    [Theory]
    [InlineData("""{"resourceId":""}""", "$.resourceId")]
    [InlineData("""{"resourceId":"a","scopes":[]}""", "$.scopes")]
    [InlineData("""{"resourceId":"a","scopes":["admin"]}""", "$.scopes")]
    [InlineData("""{"resourceId":"a","scopes":["everything"]}""", "$.scopes")]
    [InlineData("""{"resourceId":"a","expiresInSeconds":0}""", "$.expiresInSeconds")]
    [InlineData("""{"resourceId":"a","expiresInSeconds":3601}""", "$.expiresInSeconds")]
    public async Task What_is_wrong_with_a_request_is_named(string body, string path)
    {
        await using var server = await StartAsync(Key);
        (await server.SendAsync(Owner, "POST", "/v1/tokens", body)).IsInvalid(path);
    }

    [Fact]
    public async Task A_key_hands_out_tokens_for_its_own_resources_only()
    {
        await using var server = await StartAsync(Key);
        var acme = await server.NewKeyAsync(AccessScopes.Admin, ResourceSelector.BeginningWith("acme/"));
        (await server.SendAsync(acme, "POST", "/v1/tokens", """{"resourceId":"acme/1"}""")).Is(201);
        (await server.SendAsync(acme, "POST", "/v1/tokens", """{"resourceId":"acme"}""")).IsProblem(403, "forbidden");
    }

    [Fact]
    public async Task Without_a_signing_key_it_is_said_what_to_set()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:ApiKey", Owner);
        Assert.Contains("Memory__Http__Tokens__SigningKey", (await server.SendAsync(Owner, "POST", "/v1/tokens", """{"resourceId":"ada"}""")).IsProblem(400, "invalid_request").Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_outlives_the_change_of_the_signing_key_and_not_the_next()
    {
        string? token;
        await using (var server = await StartAsync(Key))
        {
            token = await IssueAsync(server, """{"resourceId":"ada"}""");
        }

        await using (var server = await OwnServer.StartAsync("--Memory:Http:Tokens:SigningKey", OtherKey, "--Memory:Http:Tokens:PreviousSigningKey", Key))
        {
            (await server.SendAsync(token, "GET", "/v1/threads")).Is(200);
        }

        await using (var server = await OwnServer.StartAsync("--Memory:Http:Tokens:SigningKey", OtherKey))
        {
            (await server.SendAsync(token, "GET", "/v1/threads")).IsProblem(401, "unauthorized");
        }
    }

    [Fact]
    public async Task A_token_that_was_tampered_with_opens_nothing()
    {
        await using var server = await StartAsync(Key);
        var token = (await IssueAsync(server, """{"resourceId":"ada","scopes":["read"]}""")).Split('.');
        var claims = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(token[1]));
        string[] forged =
        [
            $"{token[0]}.{Encode(claims.Replace("\"ada\"", "\"bob\"", StringComparison.Ordinal))}.{token[2]}",
            $"{token[0]}.{Encode(claims.Replace("\"read\"", "\"admin\"", StringComparison.Ordinal))}.{token[2]}",
            $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{token[1]}.",
            $"{Encode("""{"alg":"none","typ":"JWT"}""")}.{token[1]}.{token[2]}",
            $"{token[0]}.{token[1]}.",
            $"{token[0]}.{token[1]}.{token[2][..^2]}",
            $"{token[0]}.{token[1]}",
        ];
        foreach (var text in forged)
        {
            Assert.NotEqual(string.Join('.', token), text);
            (await server.SendAsync(text, "GET", "/v1/threads")).IsProblem(401, "unauthorized");
        }

        (await server.SendAsync(string.Join('.', token), "GET", "/v1/threads")).Is(200);
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private static Task<OwnServer> StartAsync(string key) => OwnServer.StartAsync("--Memory:Http:ApiKey", Owner, "--Memory:Http:Tokens:SigningKey", key);

    private static async Task<string> IssueAsync(OwnServer server, string body) => (await server.SendAsync(Owner, "POST", "/v1/tokens", body)).Is(201).Json.GetProperty("token").GetString()!; // a string
}
