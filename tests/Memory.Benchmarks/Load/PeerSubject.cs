using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Memory.Benchmarks.Load;

/// <summary>The peer as a library in one Node process that stays for the whole run, so that its compiler is as warm as ours.</summary>
internal sealed class PeerSubject : ISubject, IAsyncDisposable
{
    // Enough warm-up calls to have different questions.
    private const int WarmUpCalls = 50;

    private static readonly TimeSpan FillLimit = TimeSpan.FromMinutes(5);

    private readonly PeerPackages packages;
    private readonly Corpus corpus;
    private readonly IBackend backend;
    private readonly PeerWorker worker;
    private PeerStore? filled;
    private string? inOnePlace;

    /// <summary>Starts the worker.</summary>
    public PeerSubject(PeerPackages packages, Corpus corpus, IBackend backend, TemporaryFolder folder) =>
        (this.packages, this.corpus, this.backend, worker) = (packages, corpus, backend, new PeerWorker(packages, corpus, folder));

    /// <inheritdoc/>
    public string Name => Subjects.Peer;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        return work switch
        {
            AppendWork { WithVectors: true } append => await AppendWithVectorsAsync(place, append, cancellationToken),
            AppendWork append => Rate(await AskAsync("append", place, Append(append, append.Messages), cancellationToken)),
            RecallWork { WithVectors: true, Samples: > 1 } recall when recall.Messages <= worker.Messages => await RecallAsync(recall, cancellationToken),
            EditWork { WithVectors: true } edit => await EditAsync("edit", edit.Messages, edit.Samples, cancellationToken),
            DeleteWork { WithVectors: true } delete => await EditAsync("deleteMessages", delete.Messages, delete.Samples, cancellationToken),
            DeleteThreadWork { WithVectors: true } delete => await EditAsync("deleteThreads", delete.Messages, delete.Samples, cancellationToken),
            DiskWork { WithVectors: true } disk => await DiskWithVectorsAsync(disk, cancellationToken),
            LastWork last => Latencies(await AskAsync("last", place, new() { ["messages"] = last.Messages, ["samples"] = last.Samples }, cancellationToken)),
            ThreadsWork threads => Latencies(await AskAsync("threads", place, new() { ["messages"] = threads.Threads, ["samples"] = threads.Samples }, cancellationToken)),
            DiskWork disk => await DiskAsync(place, disk, cancellationToken),
            ColdStartWork => await ColdStartAsync(place, cancellationToken),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => worker.DisposeAsync();

    // One caller has messages and vectors in one place, as in the peer's documentation. Where callers at once block each other there, that is tried once, for the note.
    private async Task<Outcome> AppendWithVectorsAsync(IPlace place, AppendWork work, CancellationToken cancellationToken)
    {
        if (work.Callers == 1 || !backend.PeerBlocksItself)
        {
            var answer = await AppendWithVectorsAsync(place, place, work, cancellationToken);
            return Rate(answer) with { Note = $"{Calls(answer)}, messages and vectors in one place" };
        }

        if (inOnePlace is null)
        {
            await using var other = await backend.NewPlaceAsync(cancellationToken);
            inOnePlace = Calls(await AppendWithVectorsAsync(other, other, work, cancellationToken));
        }

        await using var vectorPlace = await backend.NewPlaceAsync(cancellationToken);
        var apart = await AppendWithVectorsAsync(place, vectorPlace, work, cancellationToken);
        return Rate(apart) with { Note = $"{Calls(apart)}, messages and vectors in separate places; in one place {inOnePlace}" };

        static string Calls(JsonElement answer)
        {
            var failure = answer.TryGetProperty("failure", out var text) ? $" ({text.GetString()})" : "";
            return $"{answer.GetProperty("failed").GetInt32()} of {answer.GetProperty("called").GetInt32()} calls failed{failure}";
        }
    }

    private Task<JsonElement> AppendWithVectorsAsync(IPlace place, IPlace vectorPlace, AppendWork work, CancellationToken cancellationToken)
    {
        var request = Append(work, Math.Min(work.Messages, backend.PeerVectorMessages));
        request["withVectors"] = true;
        request["vectorPlace"] = vectorPlace.ForPeer;
        return AskAsync("append", place, request, cancellationToken);
    }

    private JsonObject Append(AppendWork work, int messages) => new()
    {
        ["messages"] = messages,
        ["callers"] = work.Callers,
        ["batch"] = work.Batch,
        ["connect"] = backend.PeerBlocksItself ? 0 : ConversationWorks.CallsToConnect * work.Batch, // a file needs no connections
    };

    private async Task<Outcome> RecallAsync(RecallWork work, CancellationToken cancellationToken)
    {
        var store = await FilledAsync(work.Messages, cancellationToken);
        var questions = ConversationWorks.Questions(corpus, store.Messages, WarmUpCalls + work.Samples)
            .Select(question => (JsonNode)new JsonObject { ["thread"] = question.Thread, ["query"] = question.Query });
        var request = new JsonObject
        {
            ["withVectors"] = true,
            ["scope"] = work.WholeResource ? "resource" : "thread",
            ["questions"] = new JsonArray([.. questions]),
            ["samples"] = work.Samples,
        };
        return Latencies(await AskAsync("recall", store.Place, request, cancellationToken)) with { Note = store.Note };
    }

    // In the store that all lines share, since filling another one takes long: it loses a few hundred messages of its thousands.
    private async Task<Outcome> EditAsync(string kind, int messages, int samples, CancellationToken cancellationToken)
    {
        var store = await FilledAsync(messages, cancellationToken);
        var answer = await AskAsync(kind, store.Place, new() { ["withVectors"] = true, ["samples"] = samples, ["texts"] = store.Messages / 2 }, cancellationToken);
        var note = answer.TryGetProperty("answered", out var answered)
            ? string.Create(CultureInfo.InvariantCulture,
                $"; until the vectors are gone, which happens behind the answer: that alone comes after {Outcome.Latencies(answered.EnumerateArray().Select(value => value.GetDouble())).Main:0.0} ms (p50)")
            : "";
        return Latencies(answer) with { Note = store.Note + note };
    }

    private async Task<Outcome> DiskWithVectorsAsync(DiskWork work, CancellationToken cancellationToken)
    {
        var store = await FilledAsync(work.Messages, cancellationToken);
        return new Outcome((double)await store.Place.BytesAsync(cancellationToken) / store.Messages) { Note = store.Note };
    }

    private async Task<PeerStore> FilledAsync(int messages, CancellationToken cancellationToken)
    {
        if (filled is not null)
        {
            return filled; // there is one size only
        }

        var place = await backend.NewPlaceAsync(cancellationToken);
        var request = new JsonObject
        {
            ["withVectors"] = true,
            ["messages"] = messages,
            ["threadLength"] = ConversationWorks.ThreadLength,
            ["seconds"] = FillLimit.TotalSeconds,
        };
        var answer = await AskAsync("fill", place, request, cancellationToken);
        await place.SettleAsync(cancellationToken);
        var stored = answer.GetProperty("messages").GetInt32();
        var note = string.Create(CultureInfo.InvariantCulture,
            $"a store of {stored:N0} messages with vectors, filled in bulk by its own saveMessages and upsert in {answer.GetProperty("seconds").GetDouble():0} s");
        return filled = new PeerStore(place, stored, note);
    }

    private async Task<Outcome> DiskAsync(IPlace place, DiskWork work, CancellationToken cancellationToken)
    {
        var answer = await AskAsync("append", place, Append(new AppendWork(work.Messages, Callers: 1, Batch: 50), work.Messages), cancellationToken);
        return new Outcome((double)await place.BytesAsync(cancellationToken) / answer.GetProperty("stored").GetInt32()); // the warm-up's are there too
    }

    private async Task<Outcome> ColdStartAsync(IPlace place, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var process = packages.Node("cold-start.mjs", place.ForPeer.ToJsonString());
        var answer = await process.StandardOutput.ReadLineAsync(cancellationToken);
        var elapsed = Stopwatch.GetElapsedTime(start);
        await PeerPackages.EndAsync(process, cancellationToken);
        return answer == "1" ? new Outcome(elapsed.TotalMilliseconds) : throw new InvalidOperationException($"The peer's first recall answered {answer ?? "nothing"}.");
    }

    private static Outcome Rate(JsonElement answer) =>
        Outcome.Rate(answer.GetProperty("saved").GetInt32(), TimeSpan.FromSeconds(answer.GetProperty("seconds").GetDouble()));

    private static Outcome Latencies(JsonElement answer) =>
        Outcome.Latencies(answer.GetProperty("milliseconds").EnumerateArray().Select(value => value.GetDouble()));

    private Task<JsonElement> AskAsync(string kind, IPlace place, JsonObject request, CancellationToken cancellationToken)
    {
        request["place"] = place.ForPeer;
        return worker.AskAsync(kind, request, cancellationToken);
    }
}
