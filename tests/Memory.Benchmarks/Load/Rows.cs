using System.Globalization;

namespace Memory.Benchmarks.Load;

/// <summary>The lines that there are for each backend. Those that change what is stored come last: the peer's filled store takes too long to be filled again.</summary>
internal static class Rows
{
    /// <summary>The most messages that one line needs.</summary>
    public const int MostMessages = 110_000;

    /// <summary>How many callers at once compare with one.</summary>
    public const string CallersBesideOne = "append with vectors, 16 callers beside one";

    /// <summary>How long a new process takes.</summary>
    public const string ColdStart = "cold start to first append + recall";

    /// <summary>For a LibSQL file.</summary>
    public static IReadOnlyList<Row> LibSql { get; } =
    [
        .. Basics(),
        .. Recalls(10_000),
        .. Recalls(100_000),
        new("append + recall turn, one call, 10,000", new TurnWork(10_000, Samples: 500), Unit.Milliseconds),
        new("append + recall turn, one call, 100,000", new TurnWork(100_000, Samples: 200), Unit.Milliseconds),
        new(ColdStart, new ColdStartWork(), Unit.Milliseconds, LeastRounds: 5),
        new("memory with 100,000, file opened", new ServerMemoryWork(100_000, TakenIn: false), Unit.Mebibytes),
        new("memory with 100,000, taken in over HTTP", new ServerMemoryWork(100_000, TakenIn: true), Unit.Mebibytes),
        new("disk a message, of 10,000", new DiskWork(10_000), Unit.Bytes),
        new("disk a message, of 100,000", new DiskWork(100_000), Unit.Bytes),
        new(CallersBesideOne, new CallersWork(2_000, Callers: 16, Turns: 15) { WithVectors = true }, Unit.Times),
        .. WithVectors(),
        new("recall with vectors, resource, 100,000, first", new RecallWork(100_000, true, Samples: 1) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
        new("recall with vectors, resource, 100,000, warm", new RecallWork(100_000, true, Samples: 100) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
        SameHits(100_000),
        .. AtLast(),
    ];

    /// <summary>For a PostgreSQL server, to which 100,000 messages with vectors take too long to bring.</summary>
    public static IReadOnlyList<Row> Postgres { get; } =
    [
        .. Basics(),
        .. Recalls(10_000),
        new("append + recall turn, one call, 10,000", new TurnWork(10_000, Samples: 500), Unit.Milliseconds),
        new("disk a message, of 10,000", new DiskWork(10_000), Unit.Bytes),
        .. WithVectors(),
        SameHits(10_000),
        .. AtLast(),
        new("delete a thread of 1,000, store of 10,000 with vectors", new DeleteThreadWork(10_000, Samples: 5) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
    ];

    /// <summary>For a libSQL server.</summary>
    public static IReadOnlyList<Row> Sqld { get; } =
    [
        .. Basics(),
        .. Recalls(10_000),
        new("append + recall turn, one call, 10,000", new TurnWork(10_000, Samples: 500), Unit.Milliseconds),
        new("disk a message, of 10,000", new DiskWork(10_000), Unit.Bytes),
    ];

    /// <summary>
    /// For Upstash's services, in sizes at which the peer answers within seconds. Without those of which a stand-in would decide: it compares vectors in its own way, and has no disk.
    /// </summary>
    public static IReadOnlyList<Row> Upstash { get; } =
    [
        .. Basics(),
        .. Recalls(10_000),
        new("append + recall turn, one call, 10,000", new TurnWork(10_000, Samples: 500), Unit.Milliseconds),
        new(ColdStart, new ColdStartWork(), Unit.Milliseconds, LeastRounds: 5),
        new("append with vectors, one caller", new AppendWork(2_000, Callers: 1, Batch: 1) { WithVectors = true }, Unit.PerSecond, LeastRounds: 1),
        new("append with vectors, 16 callers", new AppendWork(1_600, Callers: 16, Batch: 1) { WithVectors = true }, Unit.PerSecond, LeastRounds: 1),
        new("recall with vectors, resource, 1,000, warm", new RecallWork(1_000, true, Samples: 100) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
        new("recall with vectors, thread, 1,000, warm", new RecallWork(1_000, false, Samples: 100) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
    ];

    private static (string Name, bool WholeResource)[] Scopes => [("resource", true), ("thread", false)];

    private static IEnumerable<Row> Basics() =>
    [
        new("append, one caller", new AppendWork(3_000, Callers: 1, Batch: 1), Unit.PerSecond),
        new("append, 16 callers", new AppendWork(3_200, Callers: 16, Batch: 1), Unit.PerSecond),
        new("append, batches of 50", new AppendWork(10_000, Callers: 1, Batch: 50), Unit.PerSecond),
        new("last 30 of 1,000", new LastWork(1_000, Samples: 500), Unit.Milliseconds),
        new("page of 20 of 1,000 threads", new ThreadsWork(1_000, Samples: 500), Unit.Milliseconds),
    ];

    private static IEnumerable<Row> Recalls(int messages)
    {
        var size = Size(messages);
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

        yield return new("recall with vectors alone, thread, 10,000, warm", new RecallWork(10_000, false, Samples: 300) { WithVectors = true, VectorsAlone = true }, Unit.Milliseconds, LeastRounds: 1);
    }

    private static Row SameHits(int messages) => new(
        $"recall with vectors alone, {Size(messages)}, same three hits as an exact scan", new SameHitsWork(messages, Questions: 200) { WithVectors = true }, Unit.Percent);

    private static IEnumerable<Row> AtLast() =>
    [
        new("disk a message with vectors, of 10,000", new DiskWork(10_000) { WithVectors = true }, Unit.Bytes, LeastRounds: 1),
        new("edit one message, store of 10,000 with vectors", new EditWork(10_000, Samples: 200) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
        new("delete one message, store of 10,000 with vectors", new DeleteWork(10_000, Samples: 200) { WithVectors = true }, Unit.Milliseconds, LeastRounds: 1),
    ];

    private static string Size(int messages) => messages.ToString("N0", CultureInfo.InvariantCulture);
}
