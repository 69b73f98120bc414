using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>The peer as a library in one Node process that stays for the whole run, so that its compiler is as warm as ours.</summary>
internal sealed class PeerSubject : ISubject, IAsyncDisposable
{
    // Enough for every row's distinct messages; the larger stores are not asked of the peer.
    private const int CorpusMessages = 10_000;

    // With vectors it stores a dozen or two a second: rates are compared, not times.
    private const int VectorMessages = 200;

    // Enough warm-up calls to have different questions.
    private const int WarmUpCalls = 50;

    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(5);

    private readonly PeerPackages packages;
    private readonly Corpus corpus;
    private readonly TemporaryFolder folder;
    private readonly Process worker;
    private PeerStore? filled;
    private string? inOneFile;

    /// <summary>Starts the worker.</summary>
    public PeerSubject(PeerPackages packages, Corpus corpus, TemporaryFolder folder)
    {
        (this.packages, this.corpus, this.folder) = (packages, corpus, folder);
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
                AppendWork { WithVectors: true } append => await AppendWithVectorsAsync(file, append, cancellationToken),
                AppendWork append => Outcome.Rate(append.Messages, await AppendAsync(file, append, cancellationToken)),
                RecallWork { WithVectors: true, Messages: <= CorpusMessages, Samples: > 1 } recall => await RecallAsync(recall, cancellationToken),
                DiskWork { WithVectors: true } disk => await DiskWithVectorsAsync(disk, cancellationToken),
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

    // One caller has messages and vectors in one file, as in the peer's documentation. Callers at once block each other there: that is tried once, for the note.
    private async Task<Outcome> AppendWithVectorsAsync(string file, AppendWork work, CancellationToken cancellationToken)
    {
        if (work.Callers == 1)
        {
            var answer = await AppendWithVectorsAsync(file, file, work, cancellationToken);
            return Rate(answer) with { Note = $"{Calls(answer)}, one file" };
        }

        if (inOneFile is null)
        {
            var other = folder.NewFile();
            inOneFile = Calls(await AppendWithVectorsAsync(other, other, work, cancellationToken));
            TemporaryFolder.Remove(other);
        }

        var vectorFile = folder.NewFile();
        var apart = await AppendWithVectorsAsync(file, vectorFile, work, cancellationToken);
        TemporaryFolder.Remove(vectorFile);
        return Rate(apart) with { Note = $"{Calls(apart)}, messages and vectors in separate files; in one file {inOneFile}" };

        static Outcome Rate(JsonElement answer) =>
            Outcome.Rate(answer.GetProperty("saved").GetInt32(), TimeSpan.FromSeconds(answer.GetProperty("seconds").GetDouble()));

        static string Calls(JsonElement answer)
        {
            var failure = answer.TryGetProperty("failure", out var text) ? $" ({text.GetString()})" : "";
            return $"{answer.GetProperty("failed").GetInt32()} of {answer.GetProperty("called").GetInt32()} calls failed{failure}";
        }
    }

    private Task<JsonElement> AppendWithVectorsAsync(string file, string vectorFile, AppendWork work, CancellationToken cancellationToken) => AskAsync(
        new JsonObject
        {
            ["kind"] = "append",
            ["file"] = file,
            ["vectorFile"] = vectorFile,
            ["messages"] = VectorMessages,
            ["callers"] = work.Callers,
            ["batch"] = work.Batch,
        },
        cancellationToken);

    private async Task<Outcome> RecallAsync(RecallWork work, CancellationToken cancellationToken)
    {
        var store = await FilledAsync(work.Messages, cancellationToken);
        var questions = ConversationWorks.Questions(corpus, store.Messages, WarmUpCalls + work.Samples)
            .Select(question => (JsonNode)new JsonObject { ["thread"] = question.Thread, ["query"] = question.Query });
        var answer = await AskAsync(
            new JsonObject
            {
                ["kind"] = "recall",
                ["file"] = store.File,
                ["scope"] = work.WholeResource ? "resource" : "thread",
                ["questions"] = new JsonArray([.. questions]),
                ["samples"] = work.Samples,
            },
            cancellationToken);
        return Latencies(answer) with { Note = store.Note };
    }

    private async Task<Outcome> DiskWithVectorsAsync(DiskWork work, CancellationToken cancellationToken)
    {
        var store = await FilledAsync(work.Messages, cancellationToken);
        return new Outcome((double)PreparedStores.Checkpoint(store.File) / store.Messages) { Note = store.Note };
    }

    private async Task<PeerStore> FilledAsync(int messages, CancellationToken cancellationToken)
    {
        if (filled is not null)
        {
            return filled; // there is one size only
        }

        var file = folder.NewFile();
        var answer = await AskAsync(
            new JsonObject
            {
                ["kind"] = "fill",
                ["file"] = file,
                ["messages"] = messages,
                ["threadLength"] = ConversationWorks.ThreadLength,
                ["seconds"] = FillLimit.TotalSeconds,
            },
            cancellationToken);
        var stored = answer.GetProperty("messages").GetInt32();
        var note = string.Create(CultureInfo.InvariantCulture,
            $"a store of {stored:N0} messages with vectors, filled in bulk by its own saveMessages and upsert in {answer.GetProperty("seconds").GetDouble():0} s");
        return filled = new PeerStore(file, stored, note);
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
