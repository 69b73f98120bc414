namespace Memory.Cli;

/// <summary>What was exported.</summary>
internal sealed record ExportResult(string File, long Threads, long Messages);
