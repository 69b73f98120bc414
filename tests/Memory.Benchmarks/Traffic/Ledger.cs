using System.Collections.Concurrent;

namespace Memory.Benchmarks.Traffic;

/// <summary>Which messages a server said it had taken, and which it may have: a fast server that loses some is worth nothing.</summary>
internal sealed class Ledger
{
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, bool>> threads = new(StringComparer.Ordinal);

    /// <summary>Notes how an append of a message was answered.</summary>
    public void Note(string thread, string id, Answer answer) =>
        threads.GetOrAdd(thread, _ => new ConcurrentDictionary<string, bool>(StringComparer.Ordinal))[id] = answer == Answer.Done;

    /// <summary>Reads every thread, and compares.</summary>
    /// <param name="idsAsync">Reads the ids of a thread's messages.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task<Kept> CompareAsync(Func<string, CancellationToken, Task<IReadOnlyList<string>>> idsAsync, CancellationToken cancellationToken)
    {
        var kept = new Kept(0, 0, 0, 0, 0);
        foreach (var (thread, noted) in threads)
        {
            var stored = (await idsAsync(thread, cancellationToken)).CountBy(id => id).ToDictionary(StringComparer.Ordinal);
            var answered = noted.Where(one => one.Value).Select(one => one.Key).ToList();
            var found = answered.Count(stored.ContainsKey);
            kept = new Kept(
                kept.Threads + 1, kept.Answered + answered.Count, kept.Missing + answered.Count - found,
                kept.Twice + stored.Count(one => one.Value > 1), kept.Unanswered + noted.Count(one => !one.Value && stored.ContainsKey(one.Key)));
        }

        return kept;
    }
}

/// <summary>What became of the messages of a step.</summary>
/// <param name="Threads">In how many threads.</param>
/// <param name="Answered">How many were answered as taken.</param>
/// <param name="Missing">How many of these are not there.</param>
/// <param name="Twice">How many are there more than once.</param>
/// <param name="Unanswered">How many are there although their append was refused or had no answer in time.</param>
internal sealed record Kept(int Threads, int Answered, int Missing, int Twice, int Unanswered)
{
    /// <summary>Whether everything that was answered as taken is there, once.</summary>
    public bool IsWhole => Missing == 0 && Twice == 0;
}
