using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;
using Memory.Core;

namespace Memory.Benchmarks.Migration;

/// <summary>Copies the same conversations again and again, by turns with each program, each time into a new place.</summary>
internal sealed class MigrationRun : IAsyncDisposable
{
    private const int ThreadLength = 1_000, PerAppend = 500;
    private readonly int messages;
    private readonly Corpus corpus;
    private readonly TemporaryFolder folder = new();
    private readonly PostgresBackend target;
    private readonly LibSqlBackend files;
    private readonly IPlace source;
    private PeerWorker? worker;
    private string description = "";

    /// <summary>A run over so many messages.</summary>
    /// <param name="target">Where to; disposed with this object.</param>
    /// <param name="messages">How many.</param>
    public MigrationRun(PostgresBackend target, int messages)
    {
        (this.messages, this.target, corpus, files) = (messages, target, new Corpus(messages), new LibSqlBackend(folder));
        source = files.NewFile();
    }

    /// <summary>Fills the source, and starts the peer if it is asked for.</summary>
    public async Task PrepareAsync(DirectoryInfo? peer, CancellationToken cancellationToken)
    {
        var store = source.Open(withVectors: true);
        await using var database = store.Database;
        var append = new AppendMessages(store.Messages, TimeProvider.System);
        for (var first = 0; first < messages; first += PerAppend)
        {
            var texts = corpus.Texts(first, Math.Min(PerAppend, messages - first));
            var request = new AppendRequest
            {
                ResourceId = "bench",
                Messages = [.. texts.Select((text, i) => new MessageInput { Id = Guid.CreateVersion7().ToString(), Role = i % 2 == 0 ? "user" : "assistant", Content = MessageContent.FromText(text).Json })],
            };
            var vectors = await HashEmbedder.Embedder.EmbedAsync(texts, cancellationToken);
            var space = await HashEmbedder.Embedder.FindSpaceAsync(cancellationToken);
            await store.Messages.AppendAsync(append.Prepare($"thread-{first / ThreadLength}", request) with { Embedded = new EmbeddedTexts(space, vectors) }, cancellationToken);
        }

        if (peer is not null)
        {
            var packages = await PeerPackages.InstallAsync(peer, cancellationToken);
            (worker, description) = (new PeerWorker(packages, corpus, folder), packages.Description);
        }
    }

    /// <summary>Runs the rounds.</summary>
    public async Task<Measurement> RunAsync(int rounds, bool byMessage, CancellationToken cancellationToken)
    {
        List<double> ours = [], theirs = [];
        VerificationReport? verified = null;
        TransferReport? moved = null;
        for (var round = 0; round < rounds; round++)
        {
            (var seconds, moved, verified) = await MigrateAsync(cancellationToken);
            ours.Add(seconds);
            if (worker is not null)
            {
                theirs.Add(await CopyAsync(worker, perCall: 0, cancellationToken));
            }
        }

        var mine = Median(ours);
        List<IReadOnlyList<Cell>> rows = [Row("migrate, vectors carried over", mine, mine)];
        if (theirs.Count > 0)
        {
            rows.Add(Row("peer, thread by thread, vectors made anew", Median(theirs), mine));
        }

        if (worker is not null && byMessage)
        {
            rows.Add(Row("peer, message by message", await CopyAsync(worker, perCall: 1, cancellationToken), mine));
        }

        var facts = Machine.Facts();
        facts["work"] = string.Create(CultureInfo.InvariantCulture, $"{messages:N0} messages of {HashEmbedder.Dimensions} dimensions in threads of {ThreadLength:N0}, LibSQL file to PostgreSQL, {rounds} rounds, medians");
        facts["database"] = target.Description;
        if (description.Length > 0)
        {
            facts["peer"] = description;
        }

        facts["verified"] = string.Create(
            CultureInfo.InvariantCulture, $"{moved?.MessagesWithVectors} messages with their vectors, {verified?.Differences} differences, recall overlap {verified?.RecallOverlap:0.000} of {verified?.Samples} samples");
        return new Measurement(facts, [new ResultTable("migration", [new("program"), new("seconds", "0.00"), new("messages/s", "N0"), new("ours is faster by", "0.0×")], rows)]);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (worker?.DisposeAsync() ?? ValueTask.CompletedTask);
        await source.DisposeAsync();
        await target.DisposeAsync();
        folder.Dispose();
    }

    private IReadOnlyList<Cell> Row(string name, double seconds, double ours) => [name, seconds, messages / seconds, seconds / ours];

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);

    private async Task<(double Seconds, TransferReport Moved, VerificationReport Verified)> MigrateAsync(CancellationToken cancellationToken)
    {
        await using var place = target.NewSchema();
        var (from, to) = (source.Open(withVectors: true), place.Open(withVectors: true));
        await using var one = from.Database;
        await using var other = to.Database;
        await to.Messages.CheckAsync(cancellationToken); // makes the schema, as the peer's is made before its clock starts
        var start = Stopwatch.GetTimestamp();
        var moved = await new MigrateMemory(Ports(from), Ports(to), new MigrationRequest(), TimeProvider.System).RunAsync(progress: null, cancellationToken);
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return (seconds, moved, await new VerifyMemory(Ports(from), Ports(to), new VerificationRequest()).RunAsync(progress: null, cancellationToken));
    }

    private async Task<double> CopyAsync(PeerWorker peer, int perCall, CancellationToken cancellationToken)
    {
        await using var from = files.NewFile();
        await using var to = target.NewSchema();
        var work = new JsonObject { ["messages"] = messages, ["threadLength"] = ThreadLength, ["perCall"] = perCall, ["from"] = from.ForPeer, ["to"] = to.ForPeer };
        var answer = await peer.AskAsync("copy", work, cancellationToken);
        return answer.GetProperty("copied").GetInt32() == messages ? answer.GetProperty("seconds").GetDouble() : throw new InvalidOperationException("The peer did not copy everything.");
    }

    private static StoragePorts Ports(OpenStore store) => new(store.Messages, store.Archive, store.Index, store.Embeddings);
}
