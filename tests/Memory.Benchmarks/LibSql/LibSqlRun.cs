using System.Diagnostics;
using Flurl.Http;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;
using Memory.Storage.LibSql;

namespace Memory.Benchmarks.LibSql;

/// <summary>Measures each call on a thread of a length, whose last thousand messages have vectors.</summary>
internal sealed class LibSqlRun : IAsyncDisposable
{
    private const int Calls = 40, Batch = 1_000;
    private readonly CountingHandler handler = new();
    private readonly HttpClient http;
    private readonly FlurlClient client;
    private readonly OpenStore store;
    private readonly CoreConversations conversations, words;
    private readonly Corpus corpus;
    private readonly int length;
    private readonly TimeSpan latency;
    private readonly string thread = $"thread-{Guid.NewGuid():N}";

    /// <summary>A run on a server.</summary>
    /// <param name="server">Its address.</param>
    /// <param name="token">Its token; empty for none.</param>
    /// <param name="length">How many messages the thread holds at first.</param>
    /// <param name="latency">What is added to every request of the second times.</param>
    public LibSqlRun(string server, string token, int length, TimeSpan latency)
    {
        (this.length, this.latency) = (length, latency);
        http = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        client = new FlurlClient(http);
        store = SqldPlace.Open(new LibSqlOptions { Url = server, AuthToken = token, TimeoutSeconds = 60 }, client);
        (words, conversations) = (new CoreConversations(store), new CoreConversations(store, withVectors: true));
        corpus = new Corpus(length + 10_000);
    }

    /// <summary>The columns of the table.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        new("call"), new("messages in the thread", "N0"), new("requests", "N0"), new("rows read", "N0"), new("rows written", "N0"), new("bytes sent", "N0"), new("bytes received", "N0"),
        new("p50 ms", "0.0"), new("p50 ms, a latency added to every request", "0.0"),
    ];

    /// <summary>Runs.</summary>
    /// <returns>Lines of the table.</returns>
    public async Task<IReadOnlyList<IReadOnlyList<Cell>>> RunAsync(CancellationToken cancellationToken)
    {
        for (var at = 0; at < length; at += Batch)
        {
            var count = Math.Min(Batch, length - at);
            await (at + count < length ? words : conversations).AppendAsync(thread, corpus.Texts(at, count), cancellationToken);
        }

        // Those by words alone come after the recalls, which would find messages that await their vectors.
        var next = length;
        List<IReadOnlyList<Cell>> lines =
        [
            await MeasureAsync("append of 1 with its vector", () => conversations.AppendAsync(thread, corpus.Texts(next++, 1), cancellationToken)),
            await MeasureAsync("last 30", () => conversations.LastAsync(thread, LastWork.Count, cancellationToken)),
            await MeasureAsync("page of 20", () => conversations.PageAsync(thread, (length / 2) + 1, 20, cancellationToken)),
            await MeasureAsync("page of threads", () => conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken)),
            await MeasureAsync("recall, thread", () => conversations.RecallAsync(thread, wholeResource: false, corpus.Query(3), cancellationToken)),
            await MeasureAsync("recall, resource", () => conversations.RecallAsync(thread, wholeResource: true, corpus.Query(3), cancellationToken)),
            await MeasureAsync("append of 1", () => words.AppendAsync(thread, corpus.Texts(next++, 1), cancellationToken)),
            await MeasureAsync("append of 50", () => words.AppendAsync(thread, corpus.Texts((next += 50) - 50, 50), cancellationToken)),
        ];
        var ids = new Queue<string>(await conversations.IdsAsync(thread, cancellationToken));
        lines.Add(await MeasureAsync("delete a message", () => conversations.DeleteAsync(thread, ids.Dequeue(), cancellationToken)));
        return lines;
    }

    /// <summary>Erases what it has made.</summary>
    public async ValueTask DisposeAsync()
    {
        handler.Latency = TimeSpan.Zero;
        await store.Messages.EraseResourceAsync(CoreConversations.ResourceId, DateTimeOffset.UtcNow);
        client.Dispose();
        http.Dispose();
        handler.Dispose();
    }

    private async Task<IReadOnlyList<Cell>> MeasureAsync(string call, Func<Task> run)
    {
        await run();
        handler.Latency = TimeSpan.Zero;
        var near = await MedianAsync(run);
        handler.Reset();
        await run();
        var (requests, read, written, sent, received) = (handler.Requests, handler.RowsRead, handler.RowsWritten, handler.Sent, handler.Received);
        handler.Latency = latency;
        return [call, (double)length, (double)requests, (double)read, (double)written, (double)sent, (double)received, near, await MedianAsync(run)];
    }

    private static async Task<double> MedianAsync(Func<Task> run)
    {
        var times = new double[Calls];
        for (var i = 0; i < Calls; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await run();
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        return Outcome.Median(times);
    }
}
