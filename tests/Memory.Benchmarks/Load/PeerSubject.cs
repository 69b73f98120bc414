using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>The peer as a library in one Node process that stays for the whole run, so that its compiler is as warm as ours.</summary>
internal sealed class PeerSubject : ISubject, IAsyncDisposable
{
    // Enough for every row's distinct messages; the larger stores are not asked of the peer.
    private const int CorpusMessages = 10_000;

    private readonly PeerPackages packages;
    private readonly TemporaryFolder folder;
    private readonly Process worker;

    /// <summary>Starts the worker.</summary>
    public PeerSubject(PeerPackages packages, Corpus corpus, TemporaryFolder folder)
    {
        (this.packages, this.folder) = (packages, folder);
        var texts = folder.NewFile(".txt");
        corpus.Write(texts, CorpusMessages);
        worker = packages.Node("worker.mjs", texts);
    }

    /// <inheritdoc/>
    public string Name => Subjects.Peer;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        var file = folder.NewFile();
        try
        {
            return work switch
            {
                AppendWork append => Outcome.Rate(append.Messages, await AppendAsync(file, append, cancellationToken)),
                LastWork last => Latencies(await AskAsync(
                    new JsonObject { ["kind"] = "last", ["file"] = file, ["messages"] = last.Messages, ["samples"] = last.Samples }, cancellationToken)),
                ThreadsWork threads => Latencies(await AskAsync(
                    new JsonObject { ["kind"] = "threads", ["file"] = file, ["messages"] = threads.Threads, ["samples"] = threads.Samples }, cancellationToken)),
                DiskWork disk => await DiskAsync(file, disk, cancellationToken),
                ColdStartWork => await ColdStartAsync(file, cancellationToken),
                _ => null,
            };
        }
        finally
        {
            TemporaryFolder.Remove(file);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        worker.StandardInput.Close(); // the worker ends with its input
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        try
        {
            await PeerPackages.EndAsync(worker, limit.Token);
        }
        catch (OperationCanceledException)
        {
            // It was killed instead.
        }

        worker.Dispose();
    }

    private async Task<TimeSpan> AppendAsync(string file, AppendWork work, CancellationToken cancellationToken)
    {
        var request = new JsonObject { ["kind"] = "append", ["file"] = file, ["messages"] = work.Messages, ["callers"] = work.Callers, ["batch"] = work.Batch };
        return TimeSpan.FromSeconds((await AskAsync(request, cancellationToken)).GetProperty("seconds").GetDouble());
    }

    private async Task<Outcome> DiskAsync(string file, DiskWork work, CancellationToken cancellationToken)
    {
        await AppendAsync(file, new AppendWork(work.Messages, Callers: 1, Batch: 50), cancellationToken);
        return new Outcome((double)PreparedStores.Checkpoint(file) / work.Messages);
    }

    private async Task<Outcome> ColdStartAsync(string file, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = packages.Node("cold-start.mjs", file);
        var answer = await process.StandardOutput.ReadLineAsync(cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        await PeerPackages.EndAsync(process, cancellationToken);
        return answer == "1" ? new Outcome(elapsed.TotalMilliseconds) : throw new InvalidOperationException($"The peer's first recall answered {answer ?? "nothing"}.");
    }

    private static Outcome Latencies(JsonElement answer) =>
        Outcome.Latencies(answer.GetProperty("milliseconds").EnumerateArray().Select(value => value.GetDouble()));

    private async Task<JsonElement> AskAsync(JsonObject request, CancellationToken cancellationToken)
    {
        await worker.StandardInput.WriteLineAsync(request.ToJsonString().AsMemory(), cancellationToken);
        await worker.StandardInput.FlushAsync(cancellationToken);
        var line = await worker.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException("The peer's worker ended.");
        var answer = JsonElement.Parse(line);
        return answer.TryGetProperty("error", out var error) ? throw new InvalidOperationException($"The peer failed: {error.GetString()}") : answer;
    }
}
