using System.Diagnostics;
using Azure.Storage.Queues;

namespace Memory.Queues.Tests;

/// <summary>Queues of one test's own, in the Azurite that the test script started; they go with the test.</summary>
internal sealed class Azurite(string connectionString) : IAsyncDisposable
{
    private const string Variable = "MEMORY_TEST_AZURITE";

    private readonly QueueServiceClient service = new(connectionString);

    /// <summary>The account; skips the test when there is none, except in CI.</summary>
    public static string Account => Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } account
        ? account
        : Environment.GetEnvironmentVariable("CI") == "true"
        ? throw new InvalidOperationException($"{Variable} is not set: run the tests with ./test.sh.")
        : Skip($"{Variable} is not set: ./test.sh starts an Azurite, or set it to a storage account's connection string.");

    /// <summary>Where the queues are, and names that are nobody else's.</summary>
    public QueueOptions Options { get; } = new()
    {
        ConnectionString = connectionString,
        OperationQueue = $"operations-{Guid.NewGuid():N}",
        EmbeddingQueue = $"embeddings-{Guid.NewGuid():N}",
    };

    /// <summary>The queue of operations, as another producer sees it: texts as they are.</summary>
    public QueueClient Operations => service.GetQueueClient(Options.OperationQueue);

    /// <summary>Its poison queue.</summary>
    public QueueClient Poison => service.GetQueueClient($"{Options.OperationQueue}-poison");

    /// <summary>The queue of embeddings.</summary>
    public QueueClient Embeddings => service.GetQueueClient(Options.EmbeddingQueue);

    /// <summary>The reasons on the poison queue, which stay there.</summary>
    public async Task<IReadOnlyList<PoisonMessage>> PoisonedAsync()
    {
        await Poison.CreateIfNotExistsAsync();
        var messages = (await Poison.PeekMessagesAsync(32)).Value;
        return [.. messages.Select(message => PoisonMessage.TryParse(message.MessageText, out var poison) ? poison : null).OfType<PoisonMessage>()];
    }

    /// <summary>How many messages a queue holds, those that are hidden included.</summary>
    public static async Task<int> CountAsync(QueueClient queue)
    {
        await queue.CreateIfNotExistsAsync();
        return (await queue.GetPropertiesAsync()).Value.ApproximateMessagesCount;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in new[] { Operations, Poison, Embeddings })
        {
            await queue.DeleteIfExistsAsync();
        }
    }

    private static string Skip(string reason)
    {
        Assert.Skip(reason);
        return reason;
    }
}

/// <summary>An Azurite of one test's own, which it may kill. Killed or not, it keeps nothing over a restart.</summary>
internal sealed class OwnAzurite : IAsyncDisposable
{
    private readonly string script;
    private readonly string folder;

    private OwnAzurite(string script, string folder) => (this.script, this.folder) = (script, folder);

    /// <summary>Its account.</summary>
    public string Account { get; private set; } = "";

    public static async Task<OwnAzurite> StartAsync()
    {
        _ = Azurite.Account; // skips, or fails, where there is none
        var script = Environment.GetEnvironmentVariable("MEMORY_TEST_AZURITE_SCRIPT") ?? "";
        Assert.SkipWhen(script.Length == 0, "MEMORY_TEST_AZURITE_SCRIPT is not set: only a server that ./test.sh starts may be killed.");
        var server = new OwnAzurite(script, $"{Environment.GetEnvironmentVariable("MEMORY_TEST_AZURITE_FOLDER")}-{Guid.NewGuid():N}");
        var output = await server.RunAsync("start");
        server.Account = output.Split('\n').Single(line => line.StartsWith("MEMORY_TEST_AZURITE=", StringComparison.Ordinal)).Split('=', 2)[1];
        return server;
    }

    public Task KillAsync() => RunAsync("kill");

    public Task RestartAsync() => RunAsync("restart");

    public async ValueTask DisposeAsync() => await RunAsync("stop");

    private async Task<string> RunAsync(string verb)
    {
        // Files, because the server inherits what its script was given, and a pipe would never end.
        var output = Path.GetTempFileName();
        try
        {
            var start = new ProcessStartInfo("bash", ["-c", "\"$0\" \"$1\" \"$2\" > \"$3\" 2>&1 < /dev/null", script, verb, folder, output]);
            start.Environment.Remove("MEMORY_TEST_AZURITE"); // which says that there is a server, and that none is to be started
            using var process = Process.Start(start)!; // bash runs the script itself
            await process.WaitForExitAsync();
            var text = await File.ReadAllTextAsync(output);
            Assert.True(process.ExitCode == 0, $"{verb} ended with {process.ExitCode}: {text}");
            return text;
        }
        finally
        {
            File.Delete(output);
        }
    }
}
