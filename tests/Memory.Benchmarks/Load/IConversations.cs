namespace Memory.Benchmarks.Load;

/// <summary>The calls that are timed, on one open database.</summary>
internal interface IConversations : IAsyncDisposable
{
    /// <summary>Appends messages of these texts, and creates the thread when it is new.</summary>
    Task AppendAsync(string threadId, IReadOnlyList<string> texts, CancellationToken cancellationToken);

    /// <summary>Reads the last messages and returns how many came.</summary>
    Task<int> LastAsync(string threadId, int count, CancellationToken cancellationToken);

    /// <summary>Reads a page of threads and returns how many came.</summary>
    Task<int> ThreadsAsync(int count, CancellationToken cancellationToken);

    /// <summary>Recalls topK 3, range 2, in the thread or its resource, and returns how many messages came.</summary>
    Task<int> RecallAsync(string threadId, bool wholeResource, string query, CancellationToken cancellationToken);

    /// <summary>Appends one message and recalls topK 3, range 2, and the last 30, in one call; returns how many messages came.</summary>
    Task<int> TurnAsync(string threadId, string text, CancellationToken cancellationToken);
}
