using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Flurl.Http;
using Memory.Benchmarks.Load;
using Memory.Core;
using Memory.Storage.LibSql;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Benchmarks.LibSql;

/// <summary>Measures each call on a thread of a length, whose last thousand messages have vectors.</summary>
internal sealed class LibSqlRun : IDisposable
{
    private const int Calls = 40;
    private readonly CountingHandler handler = new();
    private readonly HttpClient http;
    private readonly FlurlClient client;
    private readonly LibSqlMessageStore messages;
    private readonly AppendMessages append, appendWords;
    private readonly RecallMessages recall;
    private readonly Corpus corpus;
    private readonly int length;
    private readonly TimeSpan latency;
    private readonly string thread = $"thread-{Guid.NewGuid():N}", resource = $"resource-{Guid.NewGuid():N}";

    public LibSqlRun(string server, string token, int length, TimeSpan latency)
    {
        (this.length, this.latency) = (length, latency);
        http = new HttpClient(handler, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };
        client = new FlurlClient(http);
        var database = LibSqlDatabase.Open(new LibSqlOptions { Url = server, AuthToken = token, TimeoutSeconds = 60 }, client);
        messages = new LibSqlMessageStore(database);
        var embed = new EmbedMessages(
            HashEmbedder.Embedder, new LibSqlEmbeddingStore(database), new NoWorker(), new EmbeddingOptions(), TimeProvider.System, NullLogger<EmbedMessages>.Instance);
        recall = new RecallMessages(messages, new LibSqlSearchIndex(database), TimeProvider.System, embed);
        append = new AppendMessages(messages, TimeProvider.System, embed);
        appendWords = new AppendMessages(messages, TimeProvider.System);
        corpus = new Corpus(length + 10_000);
    }

    /// <summary>Runs.</summary>
    /// <returns>Lines of the table.</returns>
    public async IAsyncEnumerable<string> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var at = 0; at < length; at += 1_000)
        {
            var count = Math.Min(1_000, length - at);
            await (at + count < length ? appendWords : append).AppendAsync(Batch(at, count), cancellationToken);
        }

        var next = length;
        yield return await MeasureAsync("append of 1", () => appendWords.AppendAsync(Batch(next++, 1), cancellationToken));
        yield return await MeasureAsync("append of 1 with its vector", () => append.AppendAsync(Batch(next++, 1), cancellationToken));
        yield return await MeasureAsync("append of 50", () => appendWords.AppendAsync(Batch((next += 50) - 50, 50), cancellationToken));
        yield return await MeasureAsync("last 30", () => messages.ReadAsync(new MessageRead { ThreadId = thread, Last = 30 }, cancellationToken));
        yield return await MeasureAsync("page of 20", () => messages.PageAsync(new MessageListing(thread, 20, Descending: true, After: length, null), cancellationToken));
        yield return await MeasureAsync(
            "page of threads", () => messages.ListThreadsAsync(new ThreadListing(resource, 20, ThreadOrder.UpdatedAt, Descending: true, null), cancellationToken));
        yield return await MeasureAsync("recall, thread", () => RecallAsync(SearchScope.Thread(thread), cancellationToken));
        yield return await MeasureAsync("recall, resource", () => RecallAsync(SearchScope.Resource(resource), cancellationToken));
        var deleted = 0;
        yield return await MeasureAsync("delete a message", () => messages.DeleteMessageAsync(thread, $"m{length + deleted++}", DateTimeOffset.UtcNow, cancellationToken));
        handler.Latency = TimeSpan.Zero;
        await messages.EraseResourceAsync(resource, DateTimeOffset.UtcNow, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        client.Dispose();
        http.Dispose();
        handler.Dispose();
    }

    private Task RecallAsync(SearchScope scope, CancellationToken cancellationToken) =>
        recall.RecallAsync(new RecallQuery { Scope = scope, Query = corpus.Query(3), LastMessages = scope.ThreadId is null ? 0 : 30, TopK = 3, Before = 2, After = 2 }, cancellationToken);

    private AppendBatch Batch(int at, int count) => append.Prepare(thread, new AppendRequest
    {
        ResourceId = resource,
        Messages = [.. corpus.Texts(at, count).Select((text, i) => new MessageInput { Id = $"m{at + i}", Role = "user", Content = MessageContent.FromText(text).Json })],
    });

    private async Task<string> MeasureAsync(string call, Func<Task> run)
    {
        await run();
        handler.Latency = TimeSpan.Zero;
        var near = await MedianAsync(run);
        handler.Reset();
        await run();
        var (requests, read, written, sent, received) = (handler.Requests, handler.RowsRead, handler.RowsWritten, handler.Sent, handler.Received);
        handler.Latency = latency;
        var far = await MedianAsync(run);
        return string.Create(
            CultureInfo.InvariantCulture, $"| {call} | {length:N0} | {requests} | {read:N0} | {written:N0} | {sent:N0} | {received:N0} | {near:0.0} | {far:0.0} |");
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

        Array.Sort(times);
        return times[Calls / 2];
    }

    private sealed class NoWorker : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }
}
