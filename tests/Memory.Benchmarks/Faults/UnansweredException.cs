namespace Memory.Benchmarks.Faults;

/// <summary>A call had no answer, or one that says to try again: the connection was lost, it took too long, 429, 502, 503 or 504.</summary>
internal sealed class UnansweredException(string message, Exception? inner = null) : Exception(message, inner);
