namespace Memory.Benchmarks.Load;

/// <summary>The matrix asked for last: one of 100,000 messages takes 614 MB.</summary>
internal sealed class PreparedScans(Corpus corpus)
{
    private (int Messages, ExactScan Scan)? last;

    /// <summary>The vectors of so many messages.</summary>
    public async Task<ExactScan> GetAsync(int messages, CancellationToken cancellationToken)
    {
        if (last is not { } known || known.Messages != messages)
        {
            last = null; // not two at a time
            last = known = (messages, await ExactScan.CreateAsync(corpus, messages, cancellationToken));
        }

        return known.Scan;
    }
}
