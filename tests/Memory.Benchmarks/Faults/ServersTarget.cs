using Memory.Benchmarks.Load;
using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>Servers of one database, each a process of its own, with an embedding service beside them.</summary>
internal sealed class ServersTarget : ITarget
{
    /// <summary>How many numbers a vector has.</summary>
    public const int Dimensions = 64;

    private readonly HttpService service = new();
    private readonly Ground ground;
    private readonly FakeOpenAI embedder;
    private readonly IReadOnlyDictionary<string, string> settings;
    private readonly ServerProcess?[] servers;
    private readonly Func<ServersTarget, Random, CancellationToken, Task> strike;

    private ServersTarget(Ground ground, FakeOpenAI embedder, int count, Func<ServersTarget, Random, CancellationToken, Task> strike)
    {
        (this.ground, this.embedder, this.strike, servers) = (ground, embedder, strike, new ServerProcess?[count]);
        settings = new Dictionary<string, string>([.. ground.Settings, .. Settings(embedder)]);
    }

    /// <inheritdoc/>
    public IService Service => service;

    /// <summary>How many there are.</summary>
    public int Count => servers.Length;

    /// <summary>The server's program, which is built with this one.</summary>
    public static string Program => Path.Combine(AppContext.BaseDirectory, "Memory.Server.dll");

    /// <summary>Starts them over a ground that is struck.</summary>
    public static Task<ITarget> StartAsync(Ground ground, CancellationToken cancellationToken) =>
        StartAsync(ground, count: 1, (_, random, over) => ground.StrikeAsync(random, over), cancellationToken);

    /// <summary>Starts them.</summary>
    /// <param name="ground">Where their database is; theirs to dispose.</param>
    /// <param name="count">How many.</param>
    /// <param name="strike">What is done to them.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<ITarget> StartAsync(Ground ground, int count, Func<ServersTarget, Random, CancellationToken, Task> strike, CancellationToken cancellationToken)
    {
        var target = new ServersTarget(ground, await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions }), count, strike);
        try
        {
            for (var i = 0; i < count; i++)
            {
                await target.StartAsync(i, cancellationToken);
            }

            return target;
        }
        catch
        {
            await target.DisposeAsync();
            throw;
        }
    }

    /// <summary>What every server of a scenario is told: an embedding service, and limits and waits short enough for some seconds; what they do is the same.</summary>
    public static IReadOnlyDictionary<string, string> Settings(FakeOpenAI embedder) => new Dictionary<string, string>
    {
        ["Memory__Embedding__Provider"] = "openai",
        ["Memory__Embedding__OpenAI__Url"] = $"{embedder.Url}/v1",
        ["Memory__Embedding__OpenAI__ApiKey"] = embedder.Key,
        ["Memory__Embedding__InlineTimeoutSeconds"] = "1",
        ["Memory__Embedding__QueryTimeoutSeconds"] = "1",
        ["Memory__Embedding__SweepSeconds"] = "0.1",
        ["Memory__Embedding__LeaseSeconds"] = "2",
        ["Memory__Embedding__MaxRetrySeconds"] = "1",
        ["Memory__Operations__LeaseSeconds"] = "1",
        ["Memory__Operations__MaxAttempts"] = "100",
        ["Memory__Operations__SweepSeconds"] = "0.1",
        ["Logging__LogLevel__Default"] = "None",
    };

    /// <summary>Ends a server as <c>kill -9</c> does.</summary>
    public async Task KillAsync(int index)
    {
        if (servers[index] is { } server)
        {
            await server.DisposeAsync();
            servers[index] = null;
        }
    }

    /// <summary>Starts a server, and tells the callers when it listens.</summary>
    public async Task StartAsync(int index, CancellationToken cancellationToken)
    {
        var server = servers[index] = ServerProcess.Start(Program, settings);
        await server.ListeningAsync(cancellationToken);
        service.Addresses = [.. servers.OfType<ServerProcess>().Select(one => one.Address)];
    }

    /// <inheritdoc/>
    public Task StrikeAsync(Random random, CancellationToken over) => strike(this, random, over);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        for (var i = 0; i < servers.Length; i++)
        {
            await KillAsync(i);
        }

        await embedder.DisposeAsync();
        await ground.DisposeAsync();
    }
}
