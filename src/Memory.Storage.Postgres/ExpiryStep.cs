using System.Globalization;
using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>
/// A step of the walk over threads whose time to live is over: first those that have one of their own, by when it was over, then the others, resource by resource and by when they last
/// changed. A step is one statement, and looks at a bounded number of threads and resources.
/// </summary>
internal static class ExpiryStep
{
    private const int ResourcesPerStep = 200;

    /// <summary>Threads with a time to live of their own lie among those that have none, so that more are looked at than may be wanted.</summary>
    private const int ThreadsPerStep = 200;

    private const string Operation = "list expired threads";

    private const string Own = "select * from {own_expired}($1, $2, $3, $4)";
    private const string Idle = "select * from {idle_threads}($1, $2, $3, $4, $5, $6)";

    public static Task<Page<ExpiredThread, string>> RunAsync(PostgresDatabase database, ExpiryQuery query, CancellationToken cancellationToken)
    {
        var place = Place.Parse(query.After);
        return place.IsOwn ? OwnAsync(database, query, place, cancellationToken)
            : query.TimeToLive is { } timeToLive ? IdleAsync(database, query, timeToLive, place, cancellationToken)
            : Task.FromResult(new Page<ExpiredThread, string>([], Next: null));
    }

    private static async Task<Page<ExpiredThread, string>> OwnAsync(PostgresDatabase database, ExpiryQuery query, Place place, CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync(
            Operation, Own, () => [Parameter.Time(query.Now), Parameter.Integer(query.Limit), Parameter.Time(place.Time), Parameter.Bigint(place.Key)],
            row => (Thread: new ExpiredThread(row.GetString(0), row.GetString(1), Rows.Time(row, 2), IsOwn: true), Due: Rows.Time(row, 3), Key: row.GetInt64(4)), cancellationToken);
        var next = rows.Count == query.Limit ? new Place(IsOwn: true, rows[^1].Key, rows[^1].Due, "") : query.TimeToLive is null ? null : Place.FirstResource;
        return new Page<ExpiredThread, string>([.. rows.Select(row => row.Thread)], next?.ToString());
    }

    private static async Task<Page<ExpiredThread, string>> IdleAsync(PostgresDatabase database, ExpiryQuery query, TimeSpan timeToLive, Place place, CancellationToken cancellationToken)
    {
        var since = query.Now - DateTimeOffset.MinValue > timeToLive ? query.Now - timeToLive : DateTimeOffset.MinValue;
        var looked = Math.Max(query.Limit, ThreadsPerStep);
        var rows = await database.ListAsync(
            Operation, Idle,
            () =>
            [
                Parameter.Time(since), Parameter.Integer(looked), Parameter.Integer(ResourcesPerStep), Parameter.Integer((int)place.Key), Parameter.Time(place.Time), Parameter.Text(place.ThreadId),
            ],
            row => (ResourceKey: row.GetInt32(0), Thread: row.IsDBNull(2) ? null : new ExpiredThread(row.GetString(2), row.GetString(1), Rows.Time(row, 3), row.GetBoolean(4))), cancellationToken);
        List<ExpiredThread> expired = [];
        foreach (var (resourceKey, thread) in rows)
        {
            if (thread is null)
            {
                return new Page<ExpiredThread, string>(expired, (Place.FirstResource with { Key = resourceKey }).ToString());
            }

            if (!thread.IsOwn)
            {
                expired.Add(thread);
            }

            if (expired.Count == query.Limit)
            {
                return new Page<ExpiredThread, string>(expired, Behind(resourceKey, thread));
            }
        }

        return new Page<ExpiredThread, string>(expired, rows.Count == looked ? Behind(rows[^1].ResourceKey, rows[^1].Thread!) : null); // a row without a thread has been returned at
    }

    private static string Behind(int resourceKey, ExpiredThread thread) => new Place(IsOwn: false, resourceKey, thread.UpdatedAt, thread.Id).ToString();

    /// <summary>Where a step ended. Keys and times stay what they are when threads between two steps go.</summary>
    /// <param name="IsOwn">Whether among the threads with a time to live of their own.</param>
    /// <param name="Key">The last such thread's key, or the resource's.</param>
    /// <param name="Time">When its time to live was over, or when the resource's last thread that was looked at last changed.</param>
    /// <param name="ThreadId">That thread; empty before the resource's first.</param>
    private sealed record Place(bool IsOwn, long Key, DateTimeOffset Time, string ThreadId)
    {
        // The end of time stands for before the first.
        private static readonly Place First = new(IsOwn: true, 0, DateTimeOffset.MinValue, "");

        public static readonly Place FirstResource = First with { IsOwn = false };

        public static Place Parse(string? text)
        {
            if (text is null)
            {
                return First;
            }

            var parts = text.Split(' ', 4); // an id may have spaces, and comes last
            return new Place(
                parts[0] == "own", long.Parse(parts[1], CultureInfo.InvariantCulture),
                parts[2].Length == 0 ? DateTimeOffset.MinValue : Timestamps.FromUnixMicroseconds(long.Parse(parts[2], CultureInfo.InvariantCulture)), parts[3]);
        }

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{(IsOwn ? "own" : "idle")} {Key} {(Time == DateTimeOffset.MinValue ? "" : Time.ToUnixMicroseconds())} {ThreadId}");
    }
}
