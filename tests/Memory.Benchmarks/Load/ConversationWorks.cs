using System.Diagnostics;

namespace Memory.Benchmarks.Load;

/// <summary>How a piece of work is done and timed by calls on an open database, whatever stands behind it.</summary>
/// <param name="corpus">What is said.</param>
/// <param name="warmUp">How long each work is done at least before it is timed: a new process needs that to compile what is measured.</param>
internal sealed class ConversationWorks(Corpus corpus, TimeSpan warmUp)
{
    /// <summary>Messages a thread of a prepared database.</summary>
    public const int ThreadLength = 1_000;

    /// <summary>Messages a call when a database is filled, unless vectors are stored with them.</summary>
    public const int FillBatch = 500;

    /// <summary>Calls of each caller before a measurement with several: a statement is prepared when its connection sees it again.</summary>
    public const int CallsToConnect = 10;

    // At least; caches fill too.
    private const int WarmUpCalls = 200;


    private readonly HashSet<AppendWork> steady = [];

    /// <summary>The id of a thread of a prepared database.</summary>
    public static string Thread(int number) => $"thread-{number}";

    /// <summary>Fills a database with threads of <see cref="ThreadLength"/>.</summary>
    public async Task FillAsync(IConversations conversations, int messages, int batch, CancellationToken cancellationToken)
    {
        for (var at = 0; at < messages; at += batch)
        {
            await conversations.AppendAsync(Thread(at / ThreadLength), corpus.Texts(at, Math.Min(batch, messages - at)), cancellationToken);
        }
    }

    /// <summary>What is asked in a filled database: each asks for a message by some of its words, in its thread or everywhere.</summary>
    public static List<(string Thread, string Query)> Questions(Corpus corpus, int messages, int count) =>
    [
        .. Enumerable.Range(0, count)
            .Select(i => Spread(i, messages))
            .Select(message => (Thread(message / ThreadLength), corpus.Query(message))),
    ];

    /// <summary>Messages a second.</summary>
    public async Task<Outcome> AppendAsync(IConversations conversations, AppendWork work, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var call = 0; call < WarmUpCalls || Stopwatch.GetElapsedTime(begin) < warmUp; call += WarmUpCalls)
        {
            await CallerAsync(conversations, "warm-up", call, WarmUpCalls, work.Batch, cancellationToken);
        }

        // All at once: each caller has its thread then, and a server the connections and plans that it needs for so many.
        await CallersAsync(conversations, work with { Messages = work.Callers * work.Batch * CallsToConnect }, 0, cancellationToken);

        // Vectors bring a good deal more to compile.
        var note = work.WithVectors && steady.Add(work)
            ? await SteadyRate.ReachAsync(stretch => CallersAsync(conversations, work with { Messages = SteadyRate.Stretch }, stretch * SteadyRate.Stretch, cancellationToken))
            : null;
        return Outcome.Rate(work.Messages, await CallersAsync(conversations, work, 0, cancellationToken)) with { Note = note };
    }

    /// <summary>How many times one caller's rate several reach.</summary>
    public async Task<Outcome> CallersAsync(IConversations conversations, CallersWork work, CancellationToken cancellationToken)
    {
        var (one, several) = (new AppendWork(work.Messages, Callers: 1, Batch: 1), new AppendWork(work.Messages, work.Callers, Batch: 1));
        var note = await SteadyRate.ReachAsync(stretch => CallersAsync(conversations, several with { Messages = SteadyRate.Stretch }, stretch * SteadyRate.Stretch, cancellationToken));
        List<double> ratios = [];
        for (var turn = 0; turn < work.Turns; turn++)
        {
            ratios.Add(await CallersAsync(conversations, one, turn * work.Messages, cancellationToken) / await CallersAsync(conversations, several, turn * work.Messages, cancellationToken));
        }

        return new Outcome(Outcome.Median(ratios)) { Note = note };
    }

    /// <summary>Milliseconds of a read of the last messages.</summary>
    public async Task<Outcome> LastAsync(IConversations conversations, LastWork work, CancellationToken cancellationToken)
    {
        await conversations.AppendAsync("thread", corpus.Texts(0, work.Messages), cancellationToken);
        return await TimeAsync(work.Samples, LastWork.Count, _ => conversations.LastAsync("thread", LastWork.Count, cancellationToken));
    }

    /// <summary>Milliseconds of a page of threads.</summary>
    public async Task<Outcome> ThreadsAsync(IConversations conversations, ThreadsWork work, CancellationToken cancellationToken)
    {
        for (var thread = 0; thread < work.Threads; thread++)
        {
            await conversations.AppendAsync(Thread(thread), corpus.Texts(thread, 1), cancellationToken);
        }

        return await TimeAsync(work.Samples, ThreadsWork.Count, _ => conversations.ThreadsAsync(ThreadsWork.Count, cancellationToken));
    }

    /// <summary>Milliseconds of a recall in a filled database.</summary>
    public Task<Outcome> RecallAsync(IConversations conversations, RecallWork work, CancellationToken cancellationToken)
    {
        var questions = Questions(corpus, work.Messages, WarmUpCalls + work.Samples);
        return TimeAsync(work.Samples, null, i => Ask(questions[i % questions.Count]));

        Task<int> Ask((string Thread, string Query) question) =>
            conversations.RecallAsync(question.Thread, work.WholeResource, question.Query, cancellationToken);
    }

    /// <summary>Milliseconds of a scan that answers the same questions.</summary>
    public async Task<Outcome> ScanAsync(ExactScan scan, RecallWork work, CancellationToken cancellationToken)
    {
        var questions = Questions(corpus, work.Messages, WarmUpCalls + work.Samples).Select(question => question.Query);
        var vectors = await HashEmbedder.Embedder.EmbedAsync([.. questions], cancellationToken);
        return await TimeAsync(work.Samples, ExactScan.Top, i => Task.FromResult(scan.Nearest(vectors[i % vectors.Count].Span).Length));
    }

    /// <summary>The share of questions whose hits are those of an exact scan.</summary>
    public async Task<Outcome> SameHitsAsync(CoreConversations conversations, ExactScan scan, SameHitsWork work, CancellationToken cancellationToken)
    {
        var same = 0;
        foreach (var (_, query) in Questions(corpus, work.Messages, work.Questions))
        {
            var vectors = await HashEmbedder.Embedder.EmbedAsync([query], cancellationToken);
            var expected = scan.Nearest(vectors[0].Span).Select(message => (Thread(message / ThreadLength), (message % ThreadLength) + 1L)); // positions begin at 1
            var found = await conversations.HitsAsync(query, cancellationToken);
            same += found.Select(hit => (hit.ThreadId, hit.Position)).ToHashSet().SetEquals(expected) ? 1 : 0;
        }

        return new Outcome(100.0 * same / work.Questions) { Note = $"{same} of {work.Questions} questions" };
    }

    /// <summary>Milliseconds of a whole turn in a filled database.</summary>
    public Task<Outcome> TurnAsync(IConversations conversations, TurnWork work, CancellationToken cancellationToken) =>
        TimeAsync(work.Samples, null, i => conversations.TurnAsync(Thread(0), corpus.Text(work.Messages + i), cancellationToken));

    /// <summary>Milliseconds of an edit of a message in a filled store, whose vector is made anew with it.</summary>
    public async Task<Outcome> EditAsync(CoreConversations conversations, EditWork work, CancellationToken cancellationToken)
    {
        var messages = await AllAsync(conversations, work.Messages, cancellationToken);
        var outcome = await TimeAsync(work.Samples, null, async i =>
        {
            await conversations.EditAsync(messages[i].Thread, messages[i].Id, corpus.Text(work.Messages + i), cancellationToken);
            return 1;
        });
        await conversations.RecallAsync(Thread(0), wholeResource: true, corpus.Query(work.Messages), cancellationToken); // throws if a vector is still awaited
        return outcome;
    }

    /// <summary>Milliseconds of a deletion of a message from a filled store.</summary>
    public async Task<Outcome> DeleteAsync(CoreConversations conversations, DeleteWork work, CancellationToken cancellationToken)
    {
        var messages = await AllAsync(conversations, work.Messages, cancellationToken);
        return await TimeAsync(work.Samples, null, async i =>
        {
            await conversations.DeleteAsync(messages[i].Thread, messages[i].Id, cancellationToken);
            return 1;
        });
    }

    /// <summary>Milliseconds of a deletion of a thread from a filled store.</summary>
    public Task<Outcome> DeleteThreadAsync(CoreConversations conversations, DeleteThreadWork work, CancellationToken cancellationToken) =>
        TimeAsync(work.Samples, null, async i => await conversations.DeleteThreadAsync(Thread(i), cancellationToken) ? 1 : 0);

    // In an order that goes to and fro between the threads.
    private static async Task<List<(string Thread, string Id)>> AllAsync(CoreConversations conversations, int messages, CancellationToken cancellationToken)
    {
        List<(string Thread, string Id)> all = [];
        for (var thread = 0; thread < messages / ThreadLength; thread++)
        {
            all.AddRange((await conversations.IdsAsync(Thread(thread), cancellationToken)).Select(id => (Thread(thread), id)));
        }

        return [.. Enumerable.Range(0, all.Count).Select(i => all[Spread(i, all.Count)])];
    }

    // 7,919 is a prime: all over the store.
    private static int Spread(int i, int messages) => (int)(i * 7_919L % messages);

    private async Task<TimeSpan> CallersAsync(IConversations conversations, AppendWork work, int from, CancellationToken cancellationToken)
    {
        var each = work.Messages / work.Callers;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, work.Callers).Select(caller => Task.Run(
            () => CallerAsync(conversations, Thread(caller), from + (caller * each), each, work.Batch, cancellationToken), cancellationToken)));
        return Stopwatch.GetElapsedTime(start);
    }

    private async Task CallerAsync(IConversations conversations, string threadId, int from, int count, int batch, CancellationToken cancellationToken)
    {
        for (var at = 0; at < count; at += batch)
        {
            await conversations.AppendAsync(threadId, corpus.Texts(from + at, Math.Min(batch, count - at)), cancellationToken);
        }
    }

    private async Task<Outcome> TimeAsync(int samples, int? expected, Func<int, Task<int>> call)
    {
        var begin = Stopwatch.GetTimestamp();
        var warmUps = 0;
        while (samples > 1 && (warmUps < Math.Min(WarmUpCalls, samples) || Stopwatch.GetElapsedTime(begin) < warmUp))
        {
            await call(warmUps++);
        }

        List<double> milliseconds = new(samples);
        for (var i = 0; i < samples; i++)
        {
            var start = Stopwatch.GetTimestamp();
            var found = await call(warmUps + i);
            milliseconds.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            if (expected is null ? found == 0 : found != expected)
            {
                throw new InvalidOperationException($"A call gave {found} items; a figure for it would mean nothing.");
            }
        }

        return Outcome.Latencies(milliseconds);
    }
}
