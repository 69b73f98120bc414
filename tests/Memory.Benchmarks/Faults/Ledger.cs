using System.Collections.Concurrent;
using System.Diagnostics;

namespace Memory.Benchmarks.Faults;

/// <summary>What was sent and what was answered, as the callers know it.</summary>
internal sealed class Ledger
{
    private const int KeptTexts = 20;

    private readonly ConcurrentDictionary<(string ThreadId, string Id), Said> sent = new();
    private readonly ConcurrentDictionary<(string ThreadId, string Id), long> answered = new();
    private readonly ConcurrentDictionary<(string ThreadId, long Position), string> places = new();
    private readonly ConcurrentDictionary<string, long> last = new();
    private readonly ConcurrentQueue<string> wrong = new();
    private readonly Lock gate = new();
    private long lastAnswer = Stopwatch.GetTimestamp();
    private TimeSpan longestSilence;
    private int errors, wrongs;

    /// <summary>How many messages were answered.</summary>
    public int Answered => answered.Count;

    /// <summary>How many calls had no answer, or an error, and were made again.</summary>
    public int Errors => Volatile.Read(ref errors);

    /// <summary>How many answers were wrong.</summary>
    public int Wrongs => Volatile.Read(ref wrongs);

    /// <summary>What the first of them were.</summary>
    public IReadOnlyCollection<string> WrongTexts => wrong;

    /// <summary>The longest time between two answers to writers.</summary>
    public TimeSpan LongestSilence
    {
        get
        {
            lock (gate)
            {
                return longestSilence;
            }
        }
    }

    /// <summary>The threads in which something was answered.</summary>
    public IReadOnlyList<string> Threads => [.. last.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Everything that was answered, with its position.</summary>
    public IEnumerable<(Said Said, long Position)> Everything => answered.Select(pair => (sent[pair.Key], pair.Value));

    /// <summary>What of a thread was answered, with its position.</summary>
    public IEnumerable<(Said Said, long Position)> Of(string threadId) => Everything.Where(one => one.Said.ThreadId == threadId);

    /// <summary>The highest position of a thread that was answered; 0 when there was none.</summary>
    public long LastPosition(string threadId) => last.GetValueOrDefault(threadId);

    /// <summary>What was sent under an id; null when nobody did.</summary>
    public Said? Find(string threadId, string id) => sent.GetValueOrDefault((threadId, id));

    /// <summary>The id that was answered for a position; null when none was.</summary>
    public string? FindPlace(string threadId, long position) => places.GetValueOrDefault((threadId, position));

    /// <summary>Notes messages before they are sent for the first time.</summary>
    public void Send(IEnumerable<Said> messages)
    {
        foreach (var message in messages)
        {
            sent[(message.ThreadId, message.Id)] = message;
        }
    }

    /// <summary>Notes an answer.</summary>
    public void Answer(IReadOnlyList<Said> messages, IReadOnlyList<long> positions)
    {
        if (!positions.SequenceEqual(Enumerable.Range(0, messages.Count).Select(i => positions[0] + i)))
        {
            NoteWrong($"{messages.Count} messages of one call were answered positions {string.Join(", ", positions)}.");
        }

        foreach (var (message, position) in messages.Zip(positions))
        {
            answered[(message.ThreadId, message.Id)] = position;
            if (places.GetOrAdd((message.ThreadId, position), message.Id) is var other && other != message.Id)
            {
                NoteWrong($"{message.Id} and {other} were both answered position {position} of {message.ThreadId}.");
            }

            last.AddOrUpdate(message.ThreadId, position, (_, before) => Math.Max(before, position));
        }

        NoteService();
    }

    /// <summary>Notes that a writer was answered.</summary>
    public void NoteService()
    {
        lock (gate)
        {
            var silence = Stopwatch.GetElapsedTime(lastAnswer);
            (longestSilence, lastAnswer) = (silence > longestSilence ? silence : longestSilence, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>Notes a call without an answer.</summary>
    public void NoteError() => Interlocked.Increment(ref errors);

    /// <summary>Notes an answer that is wrong.</summary>
    public void NoteWrong(string text)
    {
        Interlocked.Increment(ref wrongs);
        if (wrong.Count < KeptTexts)
        {
            wrong.Enqueue(text);
        }
    }
}
