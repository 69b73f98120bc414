using Memory.Core;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>What is done by the clock.</summary>
public sealed class SweepFunctions(Sweep sweep)
{
    /// <summary>Every minute: work that nobody announced, and the upkeep of the storage.</summary>
    [Function("sweep")]
    public Task RunAsync([TimerTrigger("0 * * * * *")] TimerInfo timer, CancellationToken cancellationToken) => sweep.RunAsync(cancellationToken);
}
