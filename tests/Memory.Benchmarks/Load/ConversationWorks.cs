using System.Diagnostics;

namespace Memory.Benchmarks.Load;

/// <summary>How a piece of work is done and timed by calls on an open database, whatever stands behind it.</summary>
/// <param name="corpus">What is said.</param>
/// <param name="warmUp">How long each work is done at least before it is timed: a new process needs that to compile what is measured.</param>
internal sealed class ConversationWorks(Corpus corpus, TimeSpan warmUp)
{
    /// <summary>Messages a thread of a prepared database.</summary>
    public const int ThreadLength = 1_000;

    // At least; caches fill too.
    private const int WarmUpCalls = 200;

    /// <summary>The id of a thread of a prepared database.</summary>
    public static string Thread(int number) => $"thread-{number}";

    /// <summary>Fills a database with threads of <see cref="ThreadLength"/>.</summary>
    public async Task FillAsync(IConversations conversations, int messages, CancellationToken cancellationToken)
    {
        const int Batch = 500;
        for (var at = 0; at < messages; at += Batch)
        {
            await conversations.AppendAsync(Thread(at / ThreadLength), corpus.Texts(at, Math.Min(Batch, messages - at)), cancellationToken);
        }
    }

    /// <summary>Messages a second.</summary>
    public async Task<Outcome> AppendAsync(IConversations conversations, AppendWork work, CancellationToken cancellationToken)
    {
        var begin = Stopwatch.GetTimestamp();
        for (var call = 0; call < WarmUpCalls || Stopwatch.GetElapsedTime(begin) < warmUp; call += WarmUpCalls)
        {
            await CallerAsync(conversations, "warm-up", call, WarmUpCalls, work.Batch, cancellationToken);
        }

        var each = work.Messages / work.Callers;
        for (var caller = 0; caller < work.Callers; caller++)
        {
            await conversations.AppendAsync(Thread(caller), corpus.Texts(caller, 1), cancellationToken);
        }

        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, work.Callers).Select(caller => Task.Run(
            () => CallerAsync(conversations, Thread(caller), caller * each, each, work.Batch, cancellationToken), cancellationToken)));
        return Outcome.Rate(each * work.Callers, Stopwatch.GetElapsedTime(start));
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

    /// <summary>Milliseconds of a recall in a filled database: each asks for a message by some of its words, in its thread or everywhere.</summary>
    public Task<Outcome> RecallAsync(IConversations conversations, RecallWork work, CancellationToken cancellationToken)
    {
        var questions = Enumerable.Range(0, WarmUpCalls + work.Samples)
            .Select(i => (int)(i * 7_919L % work.Messages)) // a prime: all over the store
            .Select(message => (Thread: Thread(message / ThreadLength), Query: corpus.Query(message)))
            .ToList();
        return TimeAsync(work.Samples, null, i => Ask(questions[i % questions.Count]));

        Task<int> Ask((string Thread, string Query) question) =>
            conversations.RecallAsync(question.Thread, work.WholeResource, question.Query, cancellationToken);
    }

    /// <summary>Milliseconds of a whole turn in a filled database.</summary>
    public Task<Outcome> TurnAsync(IConversations conversations, TurnWork work, CancellationToken cancellationToken) =>
        TimeAsync(work.Samples, null, i => conversations.TurnAsync(Thread(0), corpus.Text(work.Messages + i), cancellationToken));

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
        while (samples > 1 && (warmUps < WarmUpCalls || Stopwatch.GetElapsedTime(begin) < warmUp))
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
