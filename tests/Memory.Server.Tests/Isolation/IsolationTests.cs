using System.Net;
using System.Text;
using System.Text.Json;
using Memory.Core;
using Memory.Fakes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Server.Tests;

/// <summary>
/// Whatever a caller asks, with whatever ids, no answer holds a byte of another resource's data, and nothing of it changes: random requests on every route by callers of every kind,
/// against a server on the backend that a subclass names.
/// </summary>
public abstract class IsolationTests : IAsyncLifetime
{
    private const int Dimensions = 32, Requests = 600, ThreadsEach = 3;
    private const string Vault = "vault";

    // One begins like another, one is hostile, and nobody but the owner may see the vault.
    private static readonly string[] Resources = ["ada", "ada2", "acme/1", "acme/2", "o'br\"ie<n>%2F#?*\\", Vault];

    private readonly TempFolder folder = new();
    private readonly int seed = Environment.TickCount;
    private FakeOpenAI? embedder;
    private WebApplication? app;
    private HttpClient? client;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A file in a folder that goes with the test.</summary>
    protected string File(string name) => folder.File(name);

    /// <summary>The settings of a server on an empty store of the backend, which is skipped where its server is not there.</summary>
    protected abstract Task<string[]> SettingsAsync();

    private WebApplication App => app ?? throw new InvalidOperationException("It is started before each test.");

    private HttpClient Client => client ?? throw new InvalidOperationException("It is started before each test.");

    public async ValueTask InitializeAsync()
    {
        var settings = await SettingsAsync();
        embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        app = ServerHost.Build(
        [
            "--urls", "http://127.0.0.1:0", "--Logging:LogLevel:Default", "Error", "--Memory:Http:RequireAuthentication", "true",
            "--Memory:Embedding:Provider", "openai", "--Memory:Embedding:OpenAI:Url", $"{embedder.Url}/v1", "--Memory:Embedding:OpenAI:ApiKey", embedder.Key,
            "--Memory:Embedding:OpenAI:Dimensions", $"{Dimensions}", .. settings,
        ]);
        await ServerHost.StartAsync(app);
        client = new HttpClient { BaseAddress = new Uri(app.Urls.First()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public virtual async ValueTask DisposeAsync()
    {
        client?.Dispose();
        if (app is not null)
        {
            await app.StopAsync();
            await app.DisposeAsync();
        }

        await (embedder?.DisposeAsync() ?? ValueTask.CompletedTask);
        folder.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task No_answer_holds_a_byte_of_another_resources_data()
    {
        var owner = await KeyAsync(AccessScopes.Admin, ResourceSelector.All);
        foreach (var resource in Resources)
        {
            await FillAsync(owner, resource);
        }

        Visitor[] visitors =
        [
            .. await Task.WhenAll(Resources.Where(resource => resource != Vault).Select(async resource =>
                new Visitor(await KeyAsync(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only(resource)), [resource], IsAlone: true))),
            new(await KeyAsync(AccessScopes.Admin, ResourceSelector.Only("ada")), ["ada"], IsAlone: true),
            new(await KeyAsync(AccessScopes.Admin, ResourceSelector.BeginningWith("acme/")), ["acme/1", "acme/2"], IsAlone: false),
            new(await KeyAsync(AccessScopes.Read, ResourceSelector.BeginningWith("ada")), ["ada", "ada2"], IsAlone: false),
            new(await KeyAsync(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only("nobody")), ["nobody"], IsAlone: true),
            new(await KeyAsync(AccessScopes.Read | AccessScopes.Write, ResourceSelector.BeginningWith("vaul/")), [], IsAlone: false),
        ];
        var before = await ContentsAsync(owner, Vault);

        var random = new Random(seed);
        var requests = Enumerable.Range(0, Requests).Select(i => RandomRequest.Make(random, visitors[random.Next(visitors.Length)], Resources, ThreadsEach, i)).ToList();
        await Parallel.ForEachAsync(requests, new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = Token }, async (request, token) => await CheckAsync(request, token));

        await EndAsync();
        Assert.Equal(before, await ContentsAsync(owner, Vault));
        foreach (var resource in Resources)
        {
            // Nothing of another's has come in either, by a copy or an append.
            var contents = await ContentsAsync(owner, resource);
            Assert.All(Resources.Where(other => other != resource && !Together(resource, other)), other => Assert.False(contents.Contains(Secret(other), StringComparison.Ordinal), $"seed {seed}: {resource} holds {other}'s"));
        }
    }

    /// <summary>What nobody may say but the resource itself: in its messages, titles, names, metadata and documents.</summary>
    internal static string Secret(string resource) => $"wombat{Convert.ToHexStringLower(Encoding.UTF8.GetBytes(resource))}end";

    /// <summary>Two resources of one visitor, who may carry the one's words to the other; ada and ada2 have none who may write to both.</summary>
    private static bool Together(string one, string other) => one.StartsWith("acme/", StringComparison.Ordinal) && other.StartsWith("acme/", StringComparison.Ordinal);

    private async Task CheckAsync(RandomRequest request, CancellationToken token)
    {
        using var message = request.ToMessage();
        using var response = await Client.SendAsync(message, token);
        var text = $"{response.Headers}{response.Content.Headers}{await response.Content.ReadAsStringAsync(token)}";
        var what = $"seed {seed}: {request} answered {(int)response.StatusCode} {text}";
        Assert.True((int)response.StatusCode < 500, what);
        foreach (var resource in Resources.Where(resource => !request.Visitor.Resources.Any(own => own == resource || Together(own, resource))))
        {
            Assert.False(text.Contains(Secret(resource), StringComparison.Ordinal), what);
        }
    }

    private async Task<string> KeyAsync(AccessScopes scopes, ResourceSelector resources) =>
        (await App.Services.GetRequiredService<AccessKeys>().CreateAsync(new AccessGrant(scopes, resources), name: null, expiresAt: null, Token)).Text.Reveal();

    private async Task FillAsync(string owner, string resource)
    {
        var secret = Secret(resource);
        for (var i = 0; i < ThreadsEach; i++)
        {
            var thread = RandomRequest.Thread(resource, i);
            await OwnAsync(owner, HttpMethod.Post, "/v1/threads", new { id = thread, resourceId = resource, title = $"title {secret}", metadata = new { note = secret } });
            await OwnAsync(owner, HttpMethod.Post, $"/v1/threads/{Uri.EscapeDataString(thread)}/messages", new
            {
                messages = Enumerable.Range(1, 5).Select(n => new { id = $"m{n}", role = "user", name = secret, content = $"common words ocelot {n} {secret}", metadata = new { note = secret, common = "x" } }),
            });
            await OwnAsync(owner, HttpMethod.Put, $"/v1/threads/{Uri.EscapeDataString(thread)}/working-memory", new { secret });
        }

        await OwnAsync(owner, HttpMethod.Put, $"/v1/resources/{Uri.EscapeDataString(resource)}/working-memory", new { secret });
    }

    private async Task OwnAsync(string owner, HttpMethod method, string path, object body)
    {
        using var message = RandomRequest.Message(owner, method, path, JsonSerializer.Serialize(body));
        using var response = await Client.SendAsync(message, Token);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
    }

    /// <summary>Everything of a resource as the owner sees it: its export, and its threads as they are listed.</summary>
    private async Task<string> ContentsAsync(string owner, string resource)
    {
        var all = new StringBuilder();
        foreach (var path in (string[])[$"/v1/resources/{Uri.EscapeDataString(resource)}/export", $"/v1/threads?resourceId={Uri.EscapeDataString(resource)}&limit=1000"])
        {
            using var message = RandomRequest.Message(owner, HttpMethod.Get, path, json: null);
            using var response = await Client.SendAsync(message, Token);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            all.AppendLine(await response.Content.ReadAsStringAsync(Token));
        }

        return all.ToString();
    }

    /// <summary>Waits until what was accepted for later is done.</summary>
    private async Task EndAsync()
    {
        var run = App.Services.GetRequiredService<RunOperations>();
        while (await run.RunDueAsync(Token) > 0)
        {
        }
    }
}
