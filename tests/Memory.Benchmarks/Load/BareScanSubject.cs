namespace Memory.Benchmarks.Load;

/// <summary>The least that an exact search by vectors can be: no file, no words, no messages read, and the questions' vectors made beforehand.</summary>
internal sealed class BareScanSubject(ConversationWorks works, PreparedScans scans) : ISubject
{
    /// <inheritdoc/>
    public string Name => Subjects.Scan;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken) => work is RecallWork { WithVectors: true, WholeResource: true, Samples: > 1 } recall
        ? await works.ScanAsync(await scans.GetAsync(recall.Messages, cancellationToken), recall, cancellationToken)
        : null;
}
