using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;
using Memory.Benchmarks.Upstash;

namespace Memory.Benchmarks.Documents;

/// <summary>The README's table: the three kinds of storage side by side, each beside the peer on the same storage. Where a stand-in takes a service's place, its requests are shown, not its times.</summary>
internal static class Overview
{
    private const string LibSql = "libsql", Postgres = "postgres", Upstash = "upstash";
    private const double Length = 1_000; // of the thread of the calls that are counted

    /// <summary>Makes it.</summary>
    public static ResultTable Table(Measurements all) => new(
        "overview",
        [new(""), new("LibSQL file"), new("PostgreSQL"), new("Upstash")],
        [
            ["append of a message with its vector, one caller", Rate(all, LibSql, "append with vectors, one caller"), Rate(all, Postgres, "append with vectors, one caller"), Requests(all, "append of 1")],
            ["the same, 16 callers", Rate(all, LibSql, "append with vectors, 16 callers"), Rate(all, Postgres, "append with vectors, 16 callers"), "as above, each"],
            ["last 30 of 1,000 messages", Time(all, LibSql, "last 30 of 1,000"), Time(all, Postgres, "last 30 of 1,000"), Requests(all, "last 30")],
            ["page of 20 of 1,000 threads", Time(all, LibSql, "page of 20 of 1,000 threads"), Time(all, Postgres, "page of 20 of 1,000 threads"), Requests(all, "page of 20 of 1,000 threads")],
            ["recall by words and vectors among 10,000 messages", Time(all, LibSql, "recall with vectors, resource, 10,000, warm"), Time(all, Postgres, "recall with vectors, resource, 10,000, warm"), Requests(all, "recall, resource")],
        ]);

    private static string Rate(Measurements all, string source, string work) =>
        string.Create(CultureInfo.InvariantCulture, $"{all.Median(source, work):N0}/s ({all.Ratio(source, work, Subjects.Peer):0.#}×)");

    private static string Time(Measurements all, string source, string work) =>
        string.Create(CultureInfo.InvariantCulture, $"{all.Median(source, work):0.00} ms ({1 / all.Ratio(source, work, Subjects.Peer):0.#}×)");

    private static string Requests(Measurements all, string call)
    {
        var costs = all[Upstash].Table(Cost.Table);
        return $"{Of(Cost.Ours)} (peer: {Of(Subjects.Peer)})";

        string Of(string program)
        {
            double Number(string column) => costs.Number(column, call, program, Length);
            var requests = Number(Cost.RedisColumn) + Number(Cost.VectorColumn);
            return string.Create(CultureInfo.InvariantCulture, $"{requests:N0} request{(requests == 1 ? "" : "s")}, {Number(Cost.CommandsColumn) + Number(Cost.BilledColumn):N0} billed");
        }
    }
}
