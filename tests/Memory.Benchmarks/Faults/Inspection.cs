namespace Memory.Benchmarks.Faults;

/// <summary>Reads everything back when the fault is healed, and counts what is not as it was answered.</summary>
internal sealed class Inspection(IService service, Ledger ledger, int seed)
{
    private const int Samples = 50;

    // Halves and bytes keep two or three digits of a number.
    private const double SameVector = 0.98;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Waits until no message awaits its vector any more, then inspects.</summary>
    /// <param name="withVectors">Whether there is an embedder.</param>
    /// <param name="cancellationToken">Gives up: something never comes to rest.</param>
    public async Task<Inspected> RunAsync(bool withVectors, CancellationToken cancellationToken)
    {
        var inspected = new Inspected(0, 0, 0, 0, 0);
        foreach (var threadId in ledger.Threads)
        {
            while ((await AskAsync(() => service.RecallAsync(threadId, "thing", cancellationToken), cancellationToken)).Pending > 0)
            {
                await Task.Delay(Pause, cancellationToken);
            }

            inspected = inspected.Plus(Compare(threadId, await AskAsync(() => service.AllAsync(threadId, cancellationToken), cancellationToken)));
        }

        return inspected with { WithoutVector = await SampleAsync(withVectors, cancellationToken) };
    }

    /// <summary>Compares a thread with what was answered.</summary>
    public Inspected Compare(string threadId, IReadOnlyList<Found> found)
    {
        var answered = ledger.Of(threadId).ToDictionary(one => one.Said.Id, one => one.Position);
        HashSet<string> seen = [];
        var turns = new Dictionary<int, int>();
        var (doubled, outOfOrder, previous) = (0, 0, 0L);
        foreach (var message in found)
        {
            doubled += seen.Add(message.Id) ? 0 : 1;
            if (ledger.Find(threadId, message.Id) is not { } said || said.Text != message.Text)
            {
                ledger.NoteWrong($"{threadId} holds '{message.Id}' at position {message.Position}, which nobody sent so.");
                continue;
            }

            var isInPlace = message.Position == previous + 1 && answered.GetValueOrDefault(message.Id, message.Position) == message.Position && turns.GetValueOrDefault(said.Writer) <= said.Turn;
            outOfOrder += isInPlace ? 0 : 1;
            (turns[said.Writer], previous) = (said.Turn, message.Position);
        }

        return new Inspected(found.Count, answered.Keys.Count(id => !seen.Contains(id)), doubled, outOfOrder, 0);
    }

    private async Task<int> SampleAsync(bool withVectors, CancellationToken cancellationToken)
    {
        var random = new Random(seed);
        var everything = ledger.Everything.OrderBy(one => one.Said.Id, StringComparer.Ordinal).ToArray();
        random.Shuffle(everything);
        var without = 0;
        foreach (var (said, position) in everything.Take(Samples))
        {
            var recalled = await AskAsync(() => service.RecallAsync(said.ThreadId, said.Text, cancellationToken), cancellationToken);
            while (withVectors && !recalled.HasAsked)
            {
                await Task.Delay(Pause, cancellationToken); // the embedder was too slow for the question
                recalled = await AskAsync(() => service.RecallAsync(said.ThreadId, said.Text, cancellationToken), cancellationToken);
            }

            if (recalled.Hits.FirstOrDefault(hit => hit.Position == position) is not { Position: > 0 } own)
            {
                ledger.NoteWrong($"{said.Id} of {said.ThreadId} is not recalled by its own words.");
            }
            else if (withVectors && !(own.Cosine >= SameVector))
            {
                without++;
            }
        }

        return without;
    }

    // The fault is healed, but a connection that it broke may be found out only now.
    private static async Task<T> AskAsync<T>(Func<Task<T>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (UnansweredException)
            {
                await Task.Delay(Pause, cancellationToken);
            }
        }
    }
}
