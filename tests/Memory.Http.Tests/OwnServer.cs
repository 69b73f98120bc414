using System.Text;
using Memory.Core;
using Memory.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http.Tests;

/// <summary>A server in this process: real Kestrel on a free port, and a LibSQL file of its own that goes with it.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly WebApplication app;
    private readonly HttpClient client = new();

    private OwnServer(DirectoryInfo folder, WebApplication app) => (this.folder, this.app) = (folder, app);

    public string Url => app.Urls.First();

    /// <summary>What the server is made of.</summary>
    public IServiceProvider Services => app.Services;

    /// <summary>Makes a key, as <c>memory keys create</c> does.</summary>
    public async Task<string> NewKeyAsync(AccessScopes scopes, ResourceSelector resources, DateTimeOffset? expiresAt = null) =>
        (await Services.GetRequiredService<AccessKeys>().CreateAsync(new AccessGrant(scopes, resources), name: null, expiresAt, TestContext.Current.CancellationToken)).Text.Reveal();

    /// <summary>Sends a request with a key or token, or with none.</summary>
    public Task<Reply> SendAsync(string? credentials, string method, string path, string? json = null, params (string Name, string Value)[] headers) =>
        SendAsync(new HttpMethod(method), path, json, credentials is null ? headers : [.. headers, ("Authorization", $"Bearer {credentials}")]);

    public Task<Reply> PostAsync(string path, string json) => SendAsync(HttpMethod.Post, path, json);

    public Task<Reply> PatchAsync(string path, string json) => SendAsync(HttpMethod.Patch, path, json);

    /// <summary>Waits until an operation has ended as expected.</summary>
    public async Task EndsAsync(string location, string expected)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(20, TestContext.Current.CancellationToken))
        {
            var status = (await SendAsync(HttpMethod.Get, location, json: null)).Is(200).Json.GetProperty("status").GetString();
            if (status is "succeeded" or "failed" || DateTime.UtcNow > deadline)
            {
                Assert.Equal(expected, status);
                return;
            }
        }
    }

    public static async Task<OwnServer> StartAsync(params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("memory-http-");
        var app = ServerHost.Build(
        [
            "--urls", "http://127.0.0.1:0",
            "--Memory:LibSql:Url", $"file:{Path.Combine(folder.FullName, "memory.db")}",
            "--Logging:LogLevel:Default", "Error",
            .. settings,
        ]);
        await ServerHost.StartAsync(app);
        return new OwnServer(folder, app);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private async Task<Reply> SendAsync(HttpMethod method, string path, string? json, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, Url + path) { Content = json is null ? null : new StringContent(json, Encoding.UTF8, Api.Json) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return await Reply.ReadAsync(response);
    }
}
