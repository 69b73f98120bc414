namespace Memory.Core;

/// <summary>
/// What a backend finds out about itself for somebody who looks for a fault: whether it answers, lets this program in, lets it read and write, and has the schema that is expected. Nothing is
/// changed: what is written for the test is taken back.
/// </summary>
public interface IDiagnosis
{
    /// <summary>Makes the checks, in order, as far as one does not stand in the way of the next. A fault is a finding and is not thrown.</summary>
    Task<Diagnosis> DiagnoseAsync(CancellationToken cancellationToken = default);
}

/// <summary>What was found.</summary>
/// <param name="Findings">In the order of the checks.</param>
/// <param name="IsUsable">Whether the backend can be asked for what it holds, without anything being made or changed by that.</param>
public sealed record Diagnosis(IReadOnlyList<Finding> Findings, bool IsUsable);
