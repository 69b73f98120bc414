using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>The raw driver writing rows to a plain table, with the durability that the product has.</summary>
internal interface IBareInsert
{
    /// <summary>How many callers it is tried with.</summary>
    int MostCallers { get; }

    /// <summary>Writes each call's rows in a transaction, and times that alone.</summary>
    /// <param name="calls">The rows.</param>
    /// <param name="withVectors">Whether they have vectors.</param>
    /// <param name="callers">Among how many the calls are divided.</param>
    /// <param name="cancellationToken">Gives up.</param>
    Task<TimeSpan> WriteAsync(IReadOnlyList<BareRow[]> calls, bool withVectors, int callers, CancellationToken cancellationToken);
}

/// <summary>What a stored message consists of.</summary>
/// <param name="Key">Unique.</param>
/// <param name="Message">The message.</param>
/// <param name="Vector">Its vector; empty for none.</param>
internal sealed record BareRow(int Key, NewMessage Message, ReadOnlyMemory<float> Vector);
