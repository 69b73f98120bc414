namespace Memory.Benchmarks.Results;

/// <summary>A column of a table.</summary>
/// <param name="Name">Its heading, the unit of its numbers included.</param>
/// <param name="Format">How .NET writes its numbers; null for a column of texts.</param>
internal sealed record Column(string Name, string? Format = null);
