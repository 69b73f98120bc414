namespace Memory.Benchmarks.Documents;

/// <summary>What the product has to reach.</summary>
/// <param name="Work">Of what.</param>
/// <param name="Demand">What has to be reached.</param>
/// <param name="Source">The measurement it is read from; of several, what their names begin with.</param>
/// <param name="Find">What was measured, and whether that is enough.</param>
internal sealed record Bar(string Work, string Demand, string Source, Func<Measurements, Finding> Find);

/// <summary>What was measured.</summary>
/// <param name="Measured">As it stands in the table.</param>
/// <param name="Holds">Whether the bar is reached.</param>
internal sealed record Finding(string Measured, bool Holds);
