using System.Globalization;

namespace Memory.Benchmarks.Upstash;

/// <summary>What a call cost.</summary>
/// <param name="Call">Which.</param>
/// <param name="Length">How many messages its thread held.</param>
/// <param name="RedisRequests">Requests to Redis.</param>
/// <param name="Commands">Commands that Redis bills: EVAL and each command within, or each command of a pipeline.</param>
/// <param name="VectorRequests">Requests to the index of vectors.</param>
/// <param name="VectorCommands">What it bills: each query, and each vector written or removed.</param>
/// <param name="Sent">Bytes of requests.</param>
/// <param name="Received">Bytes of answers.</param>
internal sealed record Cost(string Call, int Length, int RedisRequests, int Commands, int VectorRequests, int VectorCommands, long Sent, long Received)
{
    // Pay-as-you-go: https://upstash.com/pricing/redis and https://upstash.com/pricing/vector, for 100,000 commands; traffic is free up to 200 GB a month.
    private const double RedisPrice = 0.2 / 100_000, VectorPrice = 0.4 / 100_000;

    /// <summary>A line of the table.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"| {Call} | {Length:N0} | {RedisRequests} | {Commands} | {VectorRequests} | {Sent:N0} | {Received:N0} | {1_000 * ((Commands * RedisPrice) + (VectorCommands * VectorPrice)):0.0000} |");
}
