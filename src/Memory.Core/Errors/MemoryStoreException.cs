namespace Memory.Core;

/// <summary>A backend could not do its work: which one, doing what, and whether asking again may help. Never thrown for absence or bad input.</summary>
public sealed class MemoryStoreException(string store, string operation, bool isTransient, string message, Exception? inner = null)
    : Exception($"{store} failed to {operation}: {message}", inner)
{
    /// <summary>The backend's name, as in configuration: <c>libsql</c>, <c>postgres</c>, <c>upstash</c>.</summary>
    public string Store { get; } = store;

    /// <summary>What was being done, as a verb phrase: <c>append messages</c>.</summary>
    public string Operation { get; } = operation;

    /// <summary>True when the same call may succeed later without anybody's doing (a lock, a lost connection).</summary>
    public bool IsTransient { get; } = isTransient;

    /// <summary>The reason alone, fit to show to a caller: no path, no connection string, no driver text.</summary>
    public string Reason { get; } = message;
}
