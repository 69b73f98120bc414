namespace Memory.Benchmarks.Load;

/// <summary>A line's figures, one run a round for each subject; a subject that does not do the work is missing.</summary>
/// <param name="Row">The line.</param>
/// <param name="Runs">The figures by subject.</param>
/// <param name="Notes">What the subjects had to say about them, the warm-up round included.</param>
internal sealed record RowResult(Row Row, IReadOnlyDictionary<string, IReadOnlyList<Outcome>> Runs, IReadOnlyList<string> Notes)
{
    /// <summary>A subject's median over the rounds.</summary>
    public Outcome? Median(string subject) => Runs.TryGetValue(subject, out var runs) ? Outcome.Median(runs) : null;

    /// <summary>
    /// How many times better ours is than another subject: the median over the rounds of the ratio within a round, so that a machine
    /// that slows down half-way does not decide it. In process when that was measured, otherwise over HTTP.
    /// </summary>
    public double? Advantage(string other)
    {
        if (!Runs.TryGetValue(other, out var theirs) || (Runs.GetValueOrDefault(Subjects.InProcess) ?? Runs.GetValueOrDefault(Subjects.Http)) is not { } ours)
        {
            return null;
        }

        return Outcome.Median(ours.Zip(theirs, Row.Unit.Advantage));
    }
}
