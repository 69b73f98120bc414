using System.Text;

namespace Memory.Benchmarks.Faults;

/// <summary>Writes to the product while a fault comes upon it again and again, and inspects what is there afterwards.</summary>
/// <param name="length">How long the fault comes and goes.</param>
/// <param name="seed">Decides what happens when; the rest is the machine's.</param>
internal sealed class FaultRun(TimeSpan length, int seed)
{
    private const int Writers = 8, Threads = 4, Readers = 2;

    // Between a product that serves again and the next fault, at most.
    private static readonly TimeSpan MostPause = TimeSpan.FromMilliseconds(800);

    // After the last fault: what waits for a lease or for its next attempt, which comes after ever longer waits, has its turn by then.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Runs a scenario.</summary>
    /// <exception cref="LeftOutException">It cannot be had on this machine.</exception>
    public async Task<FaultResult> RunAsync(Scenario scenario, CancellationToken cancellationToken)
    {
        await using var target = await scenario.StartAsync(length, cancellationToken);
        return await RunAsync(scenario, target, cancellationToken);
    }

    /// <summary>Runs a scenario upon a product that runs already.</summary>
    public async Task<FaultResult> RunAsync(Scenario scenario, ITarget target, CancellationToken cancellationToken)
    {
        // The same for a scenario whichever others are run.
        var own = seed ^ BitConverter.ToInt32(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(scenario.ToString())));
        var ledger = new Ledger();
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
        end.CancelAfter(length + Patience);
        try
        {
            var strikes = StrikeAsync(target, ledger, new Random(own), over);
            await Task.WhenAll(
            [
                strikes,
                .. Enumerable.Range(0, Writers)
                    .Select(number => new Writer(target.Service, ledger, number, $"thread-{number % Threads}", number >= Writers - scenario.QueuedWriters, own + number))
                    .Select(writer => Task.Run(() => writer.RunAsync(over.Token, end.Token), end.Token)),
                .. Enumerable.Range(0, Readers)
                    .Select(number => new Reader(target.Service, ledger, own - number))
                    .Select(reader => Task.Run(() => reader.RunAsync(over.Token, end.Token), end.Token)),
            ]);
            var inspected = await new Inspection(target.Service, ledger, own).RunAsync(withVectors: true, end.Token);
            return new FaultResult(scenario, await strikes, ledger.Answered, inspected, ledger.Errors, ledger.Wrongs, ledger.LongestSilence, ledger.WrongTexts);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            ledger.NoteWrong($"The product was not at rest {Patience.TotalSeconds} s after the fault was healed, and nothing was counted.");
            return new FaultResult(scenario, 0, ledger.Answered, new Inspected(0, 0, 0, 0, 0), ledger.Errors, ledger.Wrongs, ledger.LongestSilence, ledger.WrongTexts);
        }
    }

    // Only what serves is struck: else a product that takes a while to come back would be judged by how it starts.
    private async Task<int> StrikeAsync(ITarget target, Ledger ledger, Random random, CancellationTokenSource over)
    {
        var mostPause = (int)Math.Min(MostPause.TotalMilliseconds, length.TotalMilliseconds / 3);
        for (var strikes = 0; ; strikes++)
        {
            for (var before = ledger.Answered; ledger.Answered == before && !over.IsCancellationRequested;)
            {
                await random.PauseAsync(5, 10, over.Token);
            }

            if (strikes == 0)
            {
                over.CancelAfter(length); // from the first answer on
            }

            await random.PauseAsync(mostPause / 10, mostPause, over.Token);
            if (over.IsCancellationRequested)
            {
                return strikes;
            }

            await target.StrikeAsync(random, over.Token);
        }
    }
}
