using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Upstash;

/// <summary>What a call cost.</summary>
/// <param name="Call">Which.</param>
/// <param name="Program">Whose: ours or the peer's.</param>
/// <param name="Length">How many messages its thread held.</param>
/// <param name="RedisRequests">Requests to Redis.</param>
/// <param name="Commands">Commands that Redis bills: EVAL and each command within, or each command of a pipeline.</param>
/// <param name="VectorRequests">Requests to the index of vectors.</param>
/// <param name="VectorCommands">What it bills: each query, and each vector written or removed.</param>
/// <param name="Sent">Bytes of requests.</param>
/// <param name="Received">Bytes of answers.</param>
internal sealed record Cost(string Call, string Program, int Length, int RedisRequests, int Commands, int VectorRequests, int VectorCommands, long Sent, long Received)
{
    /// <summary>The table's name.</summary>
    public const string Table = "costs";

    /// <summary>What our lines have in the column of programs.</summary>
    public const string Ours = "memory";

    /// <summary>Columns of requests, and of what is billed for them.</summary>
    public const string RedisColumn = "Redis requests", CommandsColumn = "commands", VectorColumn = "Vector requests", BilledColumn = "vectors billed";

    // Pay-as-you-go: https://upstash.com/pricing/redis and https://upstash.com/pricing/vector, for 100,000 commands; traffic is free up to 200 GB a month.
    private const double RedisPrice = 0.2 / 100_000, VectorPrice = 0.4 / 100_000;

    /// <summary>The columns of the table.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        new("call"), new("program"), new("messages in the thread", "N0"), new(RedisColumn, "N0"), new(CommandsColumn, "N0"), new(VectorColumn, "N0"), new(BilledColumn, "N0"),
        new("bytes sent", "N0"), new("bytes received", "N0"), new("US dollars per 1,000 calls", "0.0000"),
    ];

    /// <summary>A line of the table.</summary>
    public IReadOnlyList<Cell> Row =>
    [
        Call, Program, (double)Length, (double)RedisRequests, (double)Commands, (double)VectorRequests, (double)VectorCommands, (double)Sent, (double)Received,
        1_000 * ((Commands * RedisPrice) + (VectorCommands * VectorPrice)),
    ];
}
