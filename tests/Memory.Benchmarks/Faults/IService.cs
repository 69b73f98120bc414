namespace Memory.Benchmarks.Faults;

/// <summary>The product as its callers see it. Every call may end in an <see cref="UnansweredException"/>, after which nobody knows what was done.</summary>
/// <remarks>A <see cref="WrongAnswerException"/> is a fault of the product's: an answer that nothing allows for.</remarks>
internal interface IService : IAsyncDisposable
{
    /// <summary>Appends messages of one thread in one call, and returns their positions.</summary>
    Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken);

    /// <summary>Has messages of one thread appended later, and returns where to ask about it.</summary>
    Task<string> AcceptAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken);

    /// <summary>The positions that an accepted call was given; null while it waits.</summary>
    Task<IReadOnlyList<long>?> FindResultAsync(string operation, CancellationToken cancellationToken);

    /// <summary>The last messages of a thread; none when there is no such thread.</summary>
    Task<IReadOnlyList<Found>> LastAsync(string threadId, int count, CancellationToken cancellationToken);

    /// <summary>All messages of a thread, page by page.</summary>
    Task<IReadOnlyList<Found>> AllAsync(string threadId, CancellationToken cancellationToken);

    /// <summary>Recalls the best three for a question in a thread.</summary>
    Task<Recalled> RecallAsync(string threadId, string question, CancellationToken cancellationToken);
}
