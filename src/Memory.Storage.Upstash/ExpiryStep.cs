using System.Globalization;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// A step of the walk over threads whose time to live is over: first those that have one of their own, by when it was over, then the others, resource by resource and by when they last
/// changed. A step is one run of a script, and looks at a bounded number of threads and resources.
/// </summary>
internal static class ExpiryStep
{
    private const int ResourcesPerStep = 100;

    /// <summary>How many threads are looked at: those that have changed, or have a time to live of their own, lie among those that are wanted. Not more than a command has room for.</summary>
    private const int LeastLooks = 200, MostLooks = 1_000;

    private const string Operation = "list expired threads";

    public static Task<Page<ExpiredThread, string>> RunAsync(RedisClient redis, Keys keys, ExpiryQuery query, CancellationToken cancellationToken)
    {
        var place = Place.Parse(query.After);
        var (limit, looks) = (Packed.Number(query.Limit), Packed.Number(Math.Clamp(query.Limit, LeastLooks, MostLooks)));
        if (place.IsOwn)
        {
            return redis.EvalAsync(
                Operation, Scripts.ExpiredOwn, [], [keys.Prefix, Packed.Number(query.Now.ToUnixMicroseconds()), limit, looks, place.Score, place.ThreadId],
                answer => Page(answer, 2, isOwn: true, Text(answer, 0) is { Length: > 0 } score ? new Place(IsOwn: true, "", score, Text(answer, 1)) : query.TimeToLive is null ? null : Place.FirstResource),
                cancellationToken);
        }

        if (query.TimeToLive is not { } timeToLive)
        {
            return Task.FromResult(new Page<ExpiredThread, string>([], Next: null));
        }

        var since = query.Now - DateTimeOffset.MinValue > timeToLive ? query.Now - timeToLive : DateTimeOffset.MinValue;
        return redis.EvalAsync(
            Operation, Scripts.ExpiredIdle, [],
            [keys.Prefix, Packed.Number(since.ToUnixMicroseconds()), limit, looks, Packed.Number(ResourcesPerStep), place.ResourceId, place.Score, place.ThreadId],
            answer => Page(answer, 3, isOwn: false, Text(answer, 0) is { Length: > 0 } resource ? new Place(IsOwn: false, resource, Text(answer, 1), Text(answer, 2)) : null), cancellationToken);
    }

    private static Page<ExpiredThread, string> Page(JsonElement answer, int first, bool isOwn, Place? next) =>
        new([.. answer.EnumerateArray().Skip(first).Select(row => new ExpiredThread(Text(row, 0), Text(row, 1), Rows.Time(row[2]), isOwn))], next?.ToString());

    private static string Text(JsonElement row, int column) => row[column].GetString()!; // as the scripts give them

    /// <summary>Where a step ended. It means the same when threads between two steps go.</summary>
    /// <param name="IsOwn">Whether among the threads with a time to live of their own.</param>
    /// <param name="ResourceId">The resource; empty before the first, and among those.</param>
    /// <param name="Score">The last thread's score, in microseconds; empty before the first.</param>
    /// <param name="ThreadId">That thread.</param>
    private sealed record Place(bool IsOwn, string ResourceId, string Score, string ThreadId)
    {
        private static readonly Place First = new(IsOwn: true, "", "", "");

        public static readonly Place FirstResource = First with { IsOwn = false };

        public static Place Parse(string? text)
        {
            if (text is null)
            {
                return First;
            }

            var parts = text.Split(' ', 4); // ids may have spaces, and come last
            var length = int.Parse(parts[2], CultureInfo.InvariantCulture);
            return new Place(parts[0] == "own", parts[3][..length], parts[1], parts[3][length..]);
        }

        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{(IsOwn ? "own" : "idle")} {Score} {ResourceId.Length} {ResourceId}{ThreadId}");
    }
}
