namespace Memory.Benchmarks.Faults;

/// <summary>A valid call had an answer that no fault of a backend's allows for: a refusal, or a bug's 500.</summary>
internal sealed class WrongAnswerException(string message) : Exception(message);
