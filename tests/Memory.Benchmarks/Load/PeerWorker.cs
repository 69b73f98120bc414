using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>The peer as a library in one Node process, which does one piece of work after the other (peer/worker.mjs).</summary>
internal sealed class PeerWorker : IAsyncDisposable
{
    // Enough for every line's distinct messages; the larger stores are not asked of the peer.
    private const int MostMessages = 10_000;

    private readonly Process process;

    /// <summary>Starts it.</summary>
    /// <param name="packages">The peer.</param>
    /// <param name="corpus">What is said.</param>
    /// <param name="folder">For a file that the corpus is read from.</param>
    public PeerWorker(PeerPackages packages, Corpus corpus, TemporaryFolder folder)
    {
        Messages = Math.Min(MostMessages, corpus.Count);
        var texts = folder.NewFile(".txt");
        corpus.Write(texts, Messages);
        process = packages.Node("worker.mjs", texts);
    }

    /// <summary>How many different messages it knows.</summary>
    public int Messages { get; }

    /// <summary>Has a piece of work done, and waits for it.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="request">What belongs to it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">The peer failed.</exception>
    public async Task<JsonElement> AskAsync(string kind, JsonObject request, CancellationToken cancellationToken)
    {
        request["kind"] = kind;
        await process.StandardInput.WriteLineAsync(request.ToJsonString().AsMemory(), cancellationToken);
        await process.StandardInput.FlushAsync(cancellationToken);
        var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The peer's worker ended.");
        var answer = JsonElement.Parse(line);
        return answer.TryGetProperty("error", out var error) ? throw new InvalidOperationException($"The peer failed: {error.GetString()}") : answer;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        process.StandardInput.Close(); // the worker ends with its input
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await PeerPackages.EndAsync(process, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It was killed instead.
        }

        process.Dispose();
    }
}
