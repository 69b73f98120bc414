using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Documents;

/// <summary>The README's table: the three kinds of storage side by side.</summary>
internal static class Overview
{
    private static readonly (string Name, string Source)[] Backends = [("LibSQL file", "libsql"), ("PostgreSQL", "postgres"), ("Upstash", "upstash-run")];

    /// <summary>Makes it.</summary>
    public static ResultTable Table(Measurements all) => new(
        "overview",
        [new("in process"), .. Backends.Select(backend => new Column(backend.Name, "")), new("beside the peer")],
        [
            Rates(all, "append with vectors, one caller", "append with vectors, one caller, messages a second"),
            Rates(all, "append with vectors, 16 callers", "16 callers"),
            Times(all, "recall with vectors, resource, 10,000, warm", "recall in 10,000 messages with vectors, p50 / p95 ms"),
            Times(all, "last 30 of 1,000", "last 30 messages, p50 / p95 ms"),
        ]);

    private static IReadOnlyList<Cell> Rates(Measurements all, string work, string name) => Line(all, work, name, source => string.Create(CultureInfo.InvariantCulture, $"{all.Median(source, work):N0}"), more: true);

    private static IReadOnlyList<Cell> Times(Measurements all, string work, string name) => Line(all, work, name, source => string.Create(CultureInfo.InvariantCulture, $"{all.Median(source, work):0.00} / {all.Tail(source, work):0.00}"), more: false);

    private static IReadOnlyList<Cell> Line(Measurements all, string work, string name, Func<string, string> figure, bool more) =>
        [name, .. Backends.Select(Cell (backend) => figure(backend.Source)), string.Join(", ", Backends.Select(backend => Better(all.Ratio(backend.Source, work, Subjects.Peer), more)))];

    private static string Better(double ratio, bool more) => string.Create(CultureInfo.InvariantCulture, $"{(more ? ratio : 1 / ratio):0.#}×");
}
