namespace Memory.Benchmarks.Tests;

/// <summary>Tests that measure: they run when all others are done, one after the other.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;
