namespace Memory.Benchmarks.Faults;

/// <summary>Reads all the time: every answer must be the truth, and none may hold less than what was answered before it was asked for. An error is one too.</summary>
internal sealed class Reader(IService service, Ledger ledger, int seed)
{
    private const int Last = 20;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(5);

    private readonly Random random = new(seed);

    /// <summary>Reads until it is told to stop.</summary>
    /// <param name="over">Reads no more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(CancellationToken over, CancellationToken cancellationToken)
    {
        while (!over.IsCancellationRequested)
        {
            try
            {
                foreach (var threadId in ledger.Threads)
                {
                    await LastAsync(threadId, cancellationToken);
                    await RecallAsync(threadId, cancellationToken);
                }
            }
            catch (UnansweredException)
            {
                // That is the truth.
            }
            catch (WrongAnswerException wrong)
            {
                ledger.NoteWrong(wrong.Message);
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    private async Task LastAsync(string threadId, CancellationToken cancellationToken)
    {
        var before = ledger.LastPosition(threadId);
        var found = await service.LastAsync(threadId, Last, cancellationToken);
        var first = found.Count > 0 ? found[0].Position : 0;
        if (found.Count < Math.Min(before, Last) || (found.Count > 0 && found[^1].Position < before))
        {
            ledger.NoteWrong($"The last {Last} of {threadId} are {found.Count} up to position {(found.Count > 0 ? found[^1].Position : 0)}, after position {before} was answered.");
        }

        foreach (var (index, message) in found.Index())
        {
            if (message.Position != first + index || ledger.Find(threadId, message.Id)?.Text != message.Text || (ledger.FindPlace(threadId, message.Position) is { } id && id != message.Id))
            {
                ledger.NoteWrong($"The last {Last} of {threadId} hold '{message.Id}' at position {message.Position}, as number {index} from position {first} on.");
            }
        }
    }

    private async Task RecallAsync(string threadId, CancellationToken cancellationToken)
    {
        var position = random.NextInt64(ledger.LastPosition(threadId)) + 1;
        if (ledger.FindPlace(threadId, position) is { } id && ledger.Find(threadId, id) is { } said)
        {
            var recalled = await service.RecallAsync(threadId, said.Text, cancellationToken);
            if (!recalled.Hits.Any(hit => hit.Position == position))
            {
                ledger.NoteWrong($"A recall of {said.Id} in {threadId} found {recalled.Hits.Count} others.");
            }
        }
    }
}
