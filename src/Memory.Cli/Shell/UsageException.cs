namespace Memory.Cli;

/// <summary>The command line is not understood. The message names the option and what to write.</summary>
internal sealed class UsageException(string message) : Exception(message);
