namespace Memory.Cli;

/// <summary>The statements that make a schema; null for a backend without one.</summary>
internal sealed record SchemaScript(string Backend, string? Script);

/// <summary>What became of a schema; the versions are null for a backend without one.</summary>
internal sealed record SchemaResult(string Backend, int? From, int? To);
