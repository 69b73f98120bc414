using System.Collections.Concurrent;
using System.Globalization;

namespace Memory.Benchmarks.Traffic;

/// <summary>
/// What became of the requests of a step, noted from any thread. Only those that were done have latencies: a refusal is quick, and would make a server look fast that turns everybody away.
/// </summary>
internal sealed class Tally
{
    private readonly ConcurrentDictionary<string, long> refusals = new(StringComparer.Ordinal);
    private long done, notSent;

    /// <summary>From the moment in which the request was due, whether or not it could be sent then: what somebody waits who does not care why.</summary>
    public Latencies FromDue { get; } = new();

    /// <summary>From the moment in which the request was sent: blind to what kept it from being sent.</summary>
    public Latencies FromSending { get; } = new();

    /// <summary>How many were done.</summary>
    public long Done => Interlocked.Read(ref done);

    /// <summary>How many were due and not sent, since too many others were outstanding.</summary>
    public long NotSent => Interlocked.Read(ref notSent);

    /// <summary>How many were turned away by a server at its limit.</summary>
    public long Overloaded => refusals.GetValueOrDefault(Answer.Overloaded);

    /// <summary>How many ended otherwise.</summary>
    public long Errors => refusals.Values.Sum() - Overloaded;

    /// <summary>Notes an answer.</summary>
    /// <param name="answer">How it ended.</param>
    /// <param name="sinceSent">How long after it was sent.</param>
    /// <param name="sinceDue">How long after it was due; null where nothing says when it was.</param>
    public void Note(Answer answer, TimeSpan sinceSent, TimeSpan? sinceDue = null)
    {
        if (answer.Refusal is { } refusal)
        {
            refusals.AddOrUpdate(refusal, 1, (_, before) => before + 1);
            return;
        }

        Interlocked.Increment(ref done);
        FromSending.Note(sinceSent);
        if (sinceDue is { } waited)
        {
            FromDue.Note(waited);
        }
    }

    /// <summary>Notes that a request was not sent.</summary>
    public void NoteNotSent() => Interlocked.Increment(ref notSent);

    /// <summary>Counts, for progress.</summary>
    public override string ToString() => string.Join(", ",
    [
        string.Create(CultureInfo.InvariantCulture, $"{Done} done"),
        .. refusals.OrderBy(one => one.Key, StringComparer.Ordinal).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Value} × {one.Key}")),
        .. NotSent > 0 ? [string.Create(CultureInfo.InvariantCulture, $"{NotSent} not sent")] : Array.Empty<string>(),
    ]);
}
