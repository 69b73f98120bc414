using System.Diagnostics;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Growth;

/// <summary>An open store with the conversations of one resource, which grows where it is.</summary>
/// <param name="conversations">The store; it stays the caller's.</param>
/// <param name="corpus">What is said.</param>
/// <param name="threadLength">How many messages a thread has before the next one begins.</param>
/// <param name="callers">How many at once fill it, each a thread.</param>
internal sealed class GrowingStore(CoreConversations conversations, Corpus corpus, int threadLength, int callers)
{
    // The most of one append.
    private const int Batch = 1_000;

    private double rate;

    /// <summary>Its calls.</summary>
    public CoreConversations Conversations => conversations;

    /// <summary>What is said in it.</summary>
    public Corpus Corpus => corpus;

    /// <summary>How many messages it holds.</summary>
    public int Messages { get; private set; }

    /// <summary>The last message's thread.</summary>
    public string LastThread => Thread(Messages - 1);

    /// <summary>How many messages the last thread holds, and so the position of its last one.</summary>
    public int LastThreadLength => Place(Messages - 1) + 1;

    /// <summary>The thread of a message, the first of all being number 0.</summary>
    public string Thread(int message) => ConversationWorks.Thread(message / threadLength);

    /// <summary>How many messages stand before a message in its thread.</summary>
    public int Place(int message) => message % threadLength;

    /// <summary>Appends the next message.</summary>
    public async Task AppendAsync(CancellationToken cancellationToken)
    {
        await conversations.AppendAsync(Thread(Messages), corpus.Texts(Messages, 1), cancellationToken);
        Messages++;
    }

    /// <summary>Appends as many as are missing.</summary>
    /// <param name="messages">To a number of messages in all.</param>
    /// <param name="limit">How long that may take.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Null when it is done; otherwise why not, and the store is not to be used any more.</returns>
    public async Task<string?> FillAsync(int messages, TimeSpan limit, CancellationToken cancellationToken)
    {
        var (from, missing) = (Messages, messages - Messages);
        if (rate > 0 && missing / rate > limit.TotalSeconds)
        {
            return FormattableString.Invariant($"left out: {missing:N0} more messages at {rate:N0} a second would take longer than the {limit.TotalMinutes:0.0} minutes that are left");
        }

        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        time.CancelAfter(limit);
        var start = Stopwatch.GetTimestamp();
        try
        {
            var threads = Enumerable.Range(from / threadLength, ((messages - 1) / threadLength) - (from / threadLength) + 1);
            await Parallel.ForEachAsync(threads, new ParallelOptions { MaxDegreeOfParallelism = callers, CancellationToken = time.Token }, async (thread, cancelled) =>
            {
                var end = (int)Math.Min(messages, (thread + 1L) * threadLength);
                for (var at = Math.Max(from, thread * threadLength); at < end; at += Batch)
                {
                    await conversations.AppendAsync(Thread(at), corpus.Texts(at, Math.Min(Batch, end - at)), cancelled);
                }
            });
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return FormattableString.Invariant($"left out: filling took longer than the {limit.TotalMinutes:0.0} minutes that were left");
        }
        catch (MemoryStoreException error)
        {
            return $"left out: filling failed: {error.Message}";
        }

        rate = missing / Stopwatch.GetElapsedTime(start).TotalSeconds;
        Messages = messages;
        return null;
    }
}
