using System.Globalization;

namespace Memory.Benchmarks.Load;

/// <summary>A line of the report.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Work">The work.</param>
/// <param name="Unit">What the figures count.</param>
/// <param name="LeastRounds">How often it is repeated at least.</param>
internal sealed record Row(string Name, Work Work, Unit Unit, int LeastRounds = 3)
{
    /// <summary>Whether a first round is run and forgotten, since libraries are to be measured compiled and not compiling.</summary>
    public bool IsWarmedUp => Work is AppendWork or LastWork or ThreadsWork or TurnWork or RecallWork { Samples: > 1 };

    /// <summary>How often it is repeated when so many rounds are asked for.</summary>
    public int Rounds(int asked) => Work is SameHitsWork ? 1 : Math.Max(asked, LeastRounds); // the same hits every time

    /// <summary>All lines.</summary>
    public static IReadOnlyList<Row> All { get; } =
    [
        new("append, one caller", new AppendWork(3_000, Callers: 1, Batch: 1), Unit.PerSecond),
        new("append, 16 callers", new AppendWork(3_200, Callers: 16, Batch: 1), Unit.PerSecond),
        new("append, batches of 50", new AppendWork(10_000, Callers: 1, Batch: 50), Unit.PerSecond),
        new("last 30 of 1,000", new LastWork(1_000, Samples: 500), Unit.Milliseconds),
        new("page of 20 of 1,000 threads", new ThreadsWork(1_000, Samples: 500), Unit.Milliseconds),
        .. Recalls(10_000),
        .. Recalls(100_000),
        new("append + recall turn, one call, 10,000", new TurnWork(10_000, Samples: 500), Unit.Milliseconds),
        new("append + recall turn, one call, 100,000", new TurnWork(100_000, Samples: 200), Unit.Milliseconds),
        new("cold start to first append + recall", new ColdStartWork(), Unit.Milliseconds, LeastRounds: 5),
        new("memory with 100,000, file opened", new ServerMemoryWork(100_000, TakenIn: false), Unit.Mebibytes),
        new("memory with 100,000, taken in over HTTP", new ServerMemoryWork(100_000, TakenIn: true), Unit.Mebibytes),
        new("disk a message, of 10,000", new DiskWork(10_000), Unit.Bytes),
        new("disk a message, of 100,000", new DiskWork(100_000), Unit.Bytes),
        .. WithVectors(),
    ];

    /// <summary>The most messages that one line needs.</summary>
    public const int MostMessages = 110_000;

    private static (string Name, bool WholeResource)[] Scopes => [("resource", true), ("thread", false)];

    private static IEnumerable<Row> Recalls(int messages)
    {
        var size = messages.ToString("N0", CultureInfo.InvariantCulture);
        foreach (var (scope, whole) in Scopes)
        {
            yield return new($"recall, {scope}, {size}, first", new RecallWork(messages, whole, Samples: 1), Unit.Milliseconds);
            yield return new($"recall, {scope}, {size}, warm", new RecallWork(messages, whole, Samples: 300), Unit.Milliseconds);
        }
    }

    // No more rounds than are asked for: the peer takes minutes for one.
    private static IEnumerable<Row> WithVectors()
    {
        yield return new("append with vectors, one caller", new AppendWork(10_000, Callers: 1, Batch: 1) { WithVectors = true }, Unit.PerSecond, LeastRounds: 1);
        yield return new("append with vectors, 16 callers", new AppendWork(9_600, Callers: 16, Batch: 1) { WithVectors = true }, Unit.PerSecond, LeastRounds: 1);
        yield return new("append with vectors, batches of 50", new AppendWork(10_000, Callers: 1, Batch: 50) { WithVectors = true }, Unit.PerSecond, LeastRounds: 1);
        foreach (var (scope, whole) in Scopes)
        {
            yield return new($"recall with vectors, {scope}, 10,000, warm", new RecallWork(10_000, whole, Samples: 300) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1);
        }

        yield return new("recall with vectors, resource, 100,000, first", new RecallWork(100_000, true, Samples: 1) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1);
        yield return new("recall with vectors, resource, 100,000, warm", new RecallWork(100_000, true, Samples: 100) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1);
        yield return new("recall with vectors alone, 100,000, same three hits as an exact scan", new SameHitsWork(100_000, Questions: 200) { WithVectors = true }, Unit.Percent);
        yield return new("disk a message with vectors, of 10,000", new DiskWork(10_000) { WithVectors = true }, Unit.Bytes, LeastRounds: 1);
    }
}
