namespace Memory.Http.Tests;

/// <summary>Access tokens of an identity provider.</summary>
public sealed class JwtTests : IAsyncLifetime
{
    private const string Audience = "api://memory";
    private IdentityProvider? provider;

    private IdentityProvider Provider => provider ?? throw new InvalidOperationException("It is started before each test.");

    public async ValueTask InitializeAsync() => provider = await IdentityProvider.StartAsync();

    public ValueTask DisposeAsync() => provider?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task A_claim_says_whose_memory_and_roles_say_what_may_be_done()
    {
        await using var server = await StartAsync();
        var ada = Provider.Issue(Audience, ("sub", "ada"));
        (await server.SendAsync(ada, "POST", "/v1/threads/t/messages", """{"messages":[{"role":"user","content":"hello"}]}""")).Is(201);
        Assert.Equal("ada", (await server.SendAsync(ada, "GET", "/v1/threads/t")).Is(200).Json.GetProperty("resourceId").GetString());
        (await server.SendAsync(Provider.Issue(Audience, ("sub", "bob")), "GET", "/v1/threads/t")).IsProblem(404, "thread_not_found");
        (await server.SendAsync(ada, "DELETE", "/v1/resources/ada")).IsProblem(403, "forbidden");

        var reader = Provider.Issue(Audience, ("sub", "ada"), ("roles", "Memory.Read"));
        (await server.SendAsync(reader, "GET", "/v1/threads/t")).Is(200);
        (await server.SendAsync(reader, "DELETE", "/v1/threads/t")).IsProblem(403, "forbidden");
        (await server.SendAsync(Provider.Issue(Audience, ("sub", "ada"), ("scp", "other Memory.Read")), "DELETE", "/v1/threads/t")).IsProblem(403, "forbidden");

        var admin = Provider.Issue(Audience, ("sub", "daemon"), ("roles", "Memory.Admin"), ("roles", "Memory.Read"));
        Assert.Equal(["ada"], (await server.SendAsync(admin, "GET", "/v1/resources")).Is(200).All("items", "id"));
        (await server.SendAsync(admin, "DELETE", "/v1/resources/ada")).Is(200);
    }

    [Fact]
    public async Task The_claim_the_beginning_and_the_default_scopes_can_be_chosen()
    {
        await using var server = await StartAsync("--Memory:Http:Jwt:ResourceClaim", "oid", "--Memory:Http:Jwt:ResourcePrefix", "user/", "--Memory:Http:Jwt:DefaultScopes", "");
        (await server.SendAsync(Provider.Issue(Audience, ("sub", "x"), ("oid", "7"), ("roles", "Memory.Write")), "POST", "/v1/threads", """{"id":"t"}""")).Is(201);
        Assert.Equal("user/7", (await server.SendAsync(Provider.Issue(Audience, ("oid", "7"), ("roles", "Memory.Read")), "GET", "/v1/threads/t")).Is(200).Json.GetProperty("resourceId").GetString());
        Assert.Contains("Memory.Read", (await server.SendAsync(Provider.Issue(Audience, ("oid", "7")), "GET", "/v1/threads/t")).IsProblem(403, "forbidden").Body, StringComparison.Ordinal);
        Assert.Contains("'oid'", (await server.SendAsync(Provider.Issue(Audience, ("sub", "7"), ("roles", "Memory.Read")), "GET", "/v1/threads/t")).IsProblem(403, "forbidden").Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_that_is_not_ours_opens_nothing()
    {
        await using var server = await StartAsync();
        await using var other = await IdentityProvider.StartAsync();
        string[] tokens =
        [
            Provider.Issue("api://another", ("sub", "ada")), Provider.IssueExpired(Audience, ("sub", "ada")), Provider.IssueConfused(Audience, ("sub", "ada")), other.Issue(Audience, ("sub", "ada")),
            "e30.e30.", "a.b.c",
        ];
        foreach (var token in tokens)
        {
            (await server.SendAsync(token, "GET", "/v1/threads")).IsProblem(401, "unauthorized");
        }
    }

    [Fact]
    public async Task A_provider_that_cannot_be_reached_is_an_outage_and_no_refusal()
    {
        await using var server = await StartAsync();
        Provider.IsAway = true;
        var token = Provider.Issue(Audience, ("sub", "ada"));
        Assert.Equal("1", (await server.SendAsync(token, "GET", "/v1/threads")).IsProblem(503, "backend_unavailable").Header("Retry-After"));
        Provider.IsAway = false;
        (await server.SendAsync(token, "GET", "/v1/threads")).Is(200);
    }

    private Task<OwnServer> StartAsync(params string[] settings) => OwnServer.StartAsync(["--Memory:Http:Jwt:Authority", Provider.Url, "--Memory:Http:Jwt:Audience", Audience, .. settings]);
}
