using System.Globalization;

namespace Memory.Benchmarks.Faults;

/// <summary>Sends messages of its own, one turn after another, and repeats each call until it is answered.</summary>
/// <param name="service">The product.</param>
/// <param name="ledger">What was sent and answered.</param>
/// <param name="number">Which writer this is.</param>
/// <param name="threadId">Where it writes.</param>
/// <param name="isQueued">Whether it has its messages appended later, several calls a turn, and waits until they are.</param>
/// <param name="seed">Decides how many messages a call has, and how long the pauses are.</param>
internal sealed class Writer(IService service, Ledger ledger, int number, string threadId, bool isQueued, int seed)
{
    private const int MostMessages = 3, MostPause = 12, CallsPerTurn = 3;
    private static readonly TimeSpan RepeatAfter = TimeSpan.FromMilliseconds(50);

    private readonly Random random = new(seed);
    private int messages;

    /// <summary>Writes until it is told to stop, and then until the last call is answered.</summary>
    /// <param name="over">Begins no turn any more.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RunAsync(CancellationToken over, CancellationToken cancellationToken)
    {
        for (var turn = 0; !over.IsCancellationRequested; turn++)
        {
            await (isQueued ? QueueAsync(turn, cancellationToken) : AppendAsync(NewCall(turn), cancellationToken));
            await Task.Delay(random.Next(MostPause), cancellationToken);
        }
    }

    private List<Said> NewCall(int turn)
    {
        List<Said> call = [];
        for (var count = 1 + random.Next(MostMessages); call.Count < count; messages++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"w{number}n{messages}");
            call.Add(new Said(threadId, id, $"writer {number} tells of thing {id} in turn {turn}", number, turn));
        }

        ledger.Send(call);
        return call;
    }

    private async Task AppendAsync(List<Said> call, CancellationToken cancellationToken)
    {
        if (await UntilAnsweredAsync(() => service.AppendAsync(call, cancellationToken), cancellationToken) is { } positions)
        {
            ledger.Answer(call, positions);
        }
    }

    private async Task QueueAsync(int turn, CancellationToken cancellationToken)
    {
        List<(List<Said> Call, string Operation)> accepted = [];
        for (var i = 0; i < CallsPerTurn; i++)
        {
            var call = NewCall(turn);
            if (await UntilAnsweredAsync(() => service.AcceptAsync(call, cancellationToken), cancellationToken) is { } operation)
            {
                accepted.Add((call, operation));
                ledger.NoteService();
            }
        }

        foreach (var (call, operation) in accepted)
        {
            if (await UntilAnsweredAsync(() => ResultAsync(operation, cancellationToken), cancellationToken) is { } positions)
            {
                ledger.Answer(call, positions);
            }
        }
    }

    private async Task<IReadOnlyList<long>> ResultAsync(string operation, CancellationToken cancellationToken)
    {
        while (true)
        {
            if (await service.FindResultAsync(operation, cancellationToken) is { } positions)
            {
                return positions;
            }

            await Task.Delay(RepeatAfter, cancellationToken);
        }
    }

    /// <returns>Null after a wrong answer, which is not repeated.</returns>
    private async Task<T?> UntilAnsweredAsync<T>(Func<Task<T>> call, CancellationToken cancellationToken)
        where T : class
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (UnansweredException)
            {
                ledger.NoteError();
                await Task.Delay(RepeatAfter, cancellationToken);
            }
            catch (WrongAnswerException wrong)
            {
                ledger.NoteWrong(wrong.Message);
                return null;
            }
        }
    }
}
