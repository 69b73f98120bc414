using System.Globalization;
using Memory.Benchmarks.Costs;
using Memory.Benchmarks.Eval;
using Memory.Benchmarks.Growth;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Documents;

/// <summary>Every bar of the design, and how it is read from the measurements.</summary>
internal static class Bars
{
    private const string LibSql = "libsql", Postgres = "postgres", PostgresThread = "recall-thread-postgres", Upstash = "upstash", Migration = "migration", Eval = "eval-", GrowthOf = "growth-", Callers = "callers", ColdStart = "cold-start", ServerMemory = "memory";
    private const double Kilobyte = 1024;

    private static readonly (string Source, string Name)[] Databases = [(LibSql, "LibSQL file"), (Postgres, "PostgreSQL")];

    /// <summary>In the order of the design.</summary>
    public static IReadOnlyList<Bar> All { get; } =
    [
        new("Round trips, Upstash", "append 1 Redis + 1 Vector, last N 1, page 1, recall 1 + 1, at any length", Upstash, UpstashTrips),
        new("Round trips, PostgreSQL", "append, last N, page, recall: 1 each, at any length", "costs-postgres", PostgresTrips),
        PeerRate(LibSql, "Append with vectors, LibSQL file, one message a call", "append with vectors, one caller", 100),
        new("The same, 16 callers", "no error, no slower than one caller", Callers, all => AtLeast(all.Median(Callers, Rows.CallersBesideOne), 1, "one caller's rate, no error")),
        new("The same, beside a bare prepared insert of the same bytes", "≥ 0.5×", LibSql, all => AtLeast(all.Ratio(LibSql, "append with vectors, one caller", Subjects.Bare), 0.5, "the bare rate")),
        PeerRate(LibSql, "Append without vectors, LibSQL file, one caller", "append, one caller", 1),
        PeerRate(LibSql, "The same, 16 callers", "append, 16 callers", 1),
        PeerRate(LibSql, "The same, batches of 50", "append, batches of 50", 1),
        PeerRate(Postgres, "Append with vectors, PostgreSQL, one caller", "append with vectors, one caller", 3),
        PeerRate(Postgres, "The same, 16 callers", "append with vectors, 16 callers", 3),
        .. from database in Databases
           from scope in (string[])["resource", "thread"]
           let source = (database.Source, scope) == (Postgres, "thread") ? PostgresThread : database.Source // which has more rounds
           select new Bar(
               $"Recall of 10,000 × 1,536, {scope}, {database.Name}", "p95 ≤ 1/5 of the peer's", source,
               all => AtMost(all.Ratio(source, $"recall with vectors, {scope}, 10,000, warm", Subjects.Peer, column: "p95"), 0.2, "the peer's p95")),
        new("The same by vectors alone, as the peer's", "p95 ≤ 1/5 of the peer's", PostgresThread,
            all => AtMost(all.Ratio(PostgresThread, "recall with vectors alone, thread, 10,000, warm", Subjects.Peer, column: "p95"), 0.2, "the peer's p95")),
        SameHits(LibSql, "LibSQL file, 100,000", "recall with vectors alone, 100,000, same three hits as an exact scan"),
        SameHits(Postgres, "PostgreSQL, 10,000", "recall with vectors alone, 10,000, same three hits as an exact scan"),
        .. from database in Databases
           from work in (string[])["last 30 of 1,000", "page of 20 of 1,000 threads"]
           select new Bar(
               $"{char.ToUpperInvariant(work[0])}{work[1..]}, {database.Name}", "p50 no slower than the peer's", database.Source,
               all => AtMost(all.Ratio(database.Source, work, Subjects.Peer), 1, "the peer's p50")),
        new("Recall at 100,000 × 1,536 in one resource, LibSQL file, warm", "≤ 3× a bare SIMD scan", LibSql, all => AtMost(all.Ratio(LibSql, "recall with vectors, resource, 100,000, warm", Subjects.Scan), 3, "the scan")),
        .. from database in Databases
           from call in (string[])["edit of one message", "delete of one message"]
           select new Bar(
               $"{char.ToUpperInvariant(call[0])}{call[1..]}, {database.Name}", "costs no more in a large store", $"{GrowthOf}{database.Source}", all => Grown(all, $"{GrowthOf}{database.Source}", call)),
        Copied("Migration of 10,000 messages with vectors, LibSQL file to PostgreSQL, verified", "peer, thread by thread, vectors made anew", 5),
        Copied("The same, message by message", "peer, message by message", 25),
        .. from database in Databases
           from line in ((string Work, string Row, double Most)[])[("with a vector of 1,536", "disk a message with vectors, of 10,000", 8), ("without", "disk a message, of 10,000", 1.5)]
           select new Bar(
               $"Disk a message {line.Work}, {database.Name}", string.Create(CultureInfo.InvariantCulture, $"≤ {line.Most} KB"), database.Source, all => Disk(all.Median(database.Source, line.Row), line.Most)),
        new("Cold start, process to first append and recall", "≤ 1/2 of the peer's", ColdStart, all => AtMost(all.Ratio(ColdStart, Rows.ColdStart, Subjects.Peer, Subjects.Http), 0.5, "the peer's time")),
        .. from line in (string[])["file opened", "taken in over HTTP"]
           select new Bar($"Memory of the server with 100,000 messages, {line}", "≤ 300 MiB", ServerMemory, all => Resident(all.Median(ServerMemory, $"memory with 100,000, {line}", Subjects.Http))),
        Recall("Lexical recall of labelled questions, hit@10 over the resource", "hit@10", 0.578),
        Recall("The same, hit@5 in the thread", "hit@5 in thread", 0.755),
    ];

    /// <summary>As a table.</summary>
    public static ResultTable Table(Measurements all) => new(
        "bars",
        [new("what"), new("bar"), new("measured"), new("held"), new("from")],
        [
            .. All.Select(IReadOnlyList<Cell> (bar) =>
            {
                var found = bar.Find(all);
                return [bar.Work, bar.Demand, found.Measured, found.Holds ? "yes" : "**no**", bar.Source.TrimEnd('-')];
            }),
        ]);

    private static Bar PeerRate(string source, string work, string row, double least) =>
        new(work, string.Create(CultureInfo.InvariantCulture, $"≥ {(least == 1 ? "" : $"{least}× ")}the peer's rate"), source, all => AtLeast(all.Ratio(source, row, Subjects.Peer), least, "the peer's rate"));

    private static Bar SameHits(string source, string where, string row) =>
        new($"The same three hits as an exact scan, {where}", "≥ 99 %", source, all => AtLeast(all.Median(source, row), 99, "%"));

    private static Bar Copied(string work, string program, double least) => new(
        work, string.Create(CultureInfo.InvariantCulture, $"≥ {least}× the peer's loop"), Migration,
        all => AtLeast(all[Migration].Table(Migration).Number("ours is faster by", program), least, "as fast"));

    private static Bar Recall(string work, string figure, double least) => new(
        work, string.Create(CultureInfo.InvariantCulture, $"≥ {least} on every backend"), Eval, all =>
        {
            var found = all.Beginning(Eval).Select(file => (Backend: file.Key, Value: file.Value.Table(EvalCommand.Table).Number("value", figure))).ToList();
            return new Finding(
                string.Join(", ", found.Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Backend} {one.Value:0.000}"))), found.Count >= 4 && found.All(one => one.Value >= least));
        });

    private static Finding UpstashTrips(Measurements all)
    {
        var table = all[Upstash].Table(Cost.Table);
        var expected = new Dictionary<string, (double Redis, double Vector)> { ["append of 1"] = (1, 1), ["last 30"] = (1, 0), ["page of 20"] = (1, 0), ["page of 20 of 1,000 threads"] = (1, 0), ["recall, thread"] = (1, 1), ["recall, resource"] = (1, 1) };
        int At(string name) => table.Columns.Select(column => column.Name).ToList().IndexOf(name);
        var rows = table.Rows.Where(row => row[1].Text != Subjects.Peer && expected.ContainsKey(row[0].Text ?? "")).ToList();
        var holds = rows.Count >= expected.Count && rows.All(row => (row[At(Cost.RedisColumn)].Number, row[At(Cost.VectorColumn)].Number) == expected[row[0].Text ?? ""]);
        return new Finding(holds ? $"exactly that, at {Lengths(rows.Select(row => row[At("messages in the thread")].Number))}" : "not that", holds);
    }

    private static Finding PostgresTrips(Measurements all)
    {
        var table = all["costs-postgres"].Table(CostsCommand.Table);
        var holds = table.Rows.All(row => row[3].Number == (row[0].Text == CallCosts.Turn ? 2 : 1)); // a turn is an append and a recall
        return new Finding(holds ? $"1 each, at {Lengths(table.Rows.Select(row => row[2].Number))}" : "not that", holds);
    }

    private static string Lengths(IEnumerable<double?> lengths) => string.Join(", ", lengths.Distinct().Order().Select(length => string.Create(CultureInfo.InvariantCulture, $"{length:N0}"))) + " messages";

    // Timed by turns; as much again is what a cache does that holds the one store and not the other.
    private static Finding Grown(Measurements all, string source, string call)
    {
        var table = all[source].Table(GrowthSet.ComparedResource);
        var times = table.Rows.Where(row => row[1].Text == call).Select(row => (Messages: row[2].Number, P50: row[3].Number)).OrderBy(row => row.Messages).ToList();
        var (least, most) = (times[0], times[^1]);
        return new Finding(
            string.Create(CultureInfo.InvariantCulture, $"{least.P50:0.00} ms of {least.Messages:N0} messages, {most.P50:0.00} ms of {most.Messages:N0}"), most.P50 <= 2 * least.P50);
    }

    private static Finding Disk(double bytes, double most) => new(string.Create(CultureInfo.InvariantCulture, $"{bytes / Kilobyte:0.00} KB"), bytes <= most * Kilobyte);

    private static Finding Resident(double mebibytes) => new(string.Create(CultureInfo.InvariantCulture, $"{mebibytes:0} MiB"), mebibytes <= 300);

    private static Finding AtLeast(double value, double least, string of) => new(Times(value, of), value >= least);

    private static Finding AtMost(double value, double most, string of) => new(Times(value, of), value <= most);

    private static string Times(double value, string of) => of == "%"
        ? string.Create(CultureInfo.InvariantCulture, $"{value:0.0} %")
        : value < 0.5 && value > 0 ? string.Create(CultureInfo.InvariantCulture, $"1/{1 / value:0.0} of {of}") : string.Create(CultureInfo.InvariantCulture, $"{value:0.##}× {of}");
}
