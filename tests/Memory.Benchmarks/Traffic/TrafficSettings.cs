namespace Memory.Benchmarks.Traffic;

/// <summary>What to run.</summary>
/// <param name="Server">The server's program.</param>
/// <param name="Postgres">The database, as Npgsql's connection string; null for another backend.</param>
/// <param name="Redis">The Redis behind the stand-ins of Upstash, as HOST:PORT; null for another backend. LibSQL files when both are null.</param>
/// <param name="Step">How long each step asks.</param>
/// <param name="Callers">Steps of the closed loop: how many callers.</param>
/// <param name="Shares">Steps of the open loop: rates, in percent of the closed loop's best throughput.</param>
/// <param name="WaitingShares">The same with no more connections than the knee has callers.</param>
internal sealed record TrafficSettings(string Server, string? Postgres, string? Redis, TimeSpan Step, IReadOnlyList<int> Callers, IReadOnlyList<int> Shares, IReadOnlyList<int> WaitingShares);
