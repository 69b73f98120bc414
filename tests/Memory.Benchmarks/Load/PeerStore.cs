namespace Memory.Benchmarks.Load;

/// <summary>A store of the peer's with vectors, filled once for all lines that only read it.</summary>
/// <param name="File">The database: messages, vectors and the index over these.</param>
/// <param name="Messages">How many messages have a vector; fewer than were asked for when the time allowed for filling ran out.</param>
/// <param name="Note">How it was filled.</param>
internal sealed record PeerStore(string File, int Messages, string Note);
