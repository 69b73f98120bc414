namespace Memory.Cli;

/// <summary>What was found.</summary>
internal sealed record DoctorResult(IReadOnlyList<DoctorFinding> Findings, int Warnings, int Failed);

/// <summary>A finding.</summary>
/// <param name="Check">What was checked.</param>
/// <param name="State"><c>ok</c>, <c>warning</c> or <c>failed</c>.</param>
/// <param name="Text">What was found.</param>
/// <param name="Fix">What to do.</param>
internal sealed record DoctorFinding(string Check, string State, string Text, string? Fix);
