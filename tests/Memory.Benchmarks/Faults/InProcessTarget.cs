using Memory.Fakes;
using Memory.Server;
using Microsoft.AspNetCore.Builder;

namespace Memory.Benchmarks.Faults;

/// <summary>A server in this process, whose clock is ours.</summary>
internal sealed class InProcessTarget : ITarget
{
    private readonly HttpService service = new();
    private readonly Ground ground;
    private readonly FakeOpenAI embedder;
    private readonly WebApplication app;
    private readonly Func<FakeOpenAI, Random, CancellationToken, Task> strike;

    private InProcessTarget(Ground ground, FakeOpenAI embedder, WebApplication app, Func<FakeOpenAI, Random, CancellationToken, Task> strike)
    {
        (this.ground, this.embedder, this.app, this.strike) = (ground, embedder, app, strike);
        service.Addresses = [.. app.Urls.Select(url => new Uri(url))];
    }

    /// <inheritdoc/>
    public IService Service => service;

    /// <summary>Starts one.</summary>
    /// <param name="ground">Where its database is; its own to dispose.</param>
    /// <param name="clock">Its time.</param>
    /// <param name="strike">What is done to its clock, or to its embedding service.</param>
    /// <param name="settings">What it is told besides.</param>
    public static async Task<ITarget> StartAsync(
        Ground ground, TimeProvider clock, Func<FakeOpenAI, Random, CancellationToken, Task> strike, params (string Name, string Value)[] settings)
    {
        var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = ServersTarget.Dimensions });
        var all = new Dictionary<string, string>([.. ground.Settings, .. ServersTarget.Settings(embedder)]) { ["urls"] = "http://127.0.0.1:0" };
        foreach (var (name, value) in settings)
        {
            all[name] = value;
        }

        var app = ServerHost.Build([.. all.Select(setting => $"--{setting.Key.Replace("__", ":", StringComparison.Ordinal)}={setting.Value}")], clock);
        try
        {
            await ServerHost.StartAsync(app);
            return new InProcessTarget(ground, embedder, app, strike);
        }
        catch
        {
            await app.DisposeAsync();
            await embedder.DisposeAsync();
            await ground.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task StrikeAsync(Random random, CancellationToken over) => strike(embedder, random, over);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await app.StopAsync();
        await app.DisposeAsync();
        await embedder.DisposeAsync();
        await ground.DisposeAsync();
    }
}
