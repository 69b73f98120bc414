using System.Globalization;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// A walk over threads whose time to live is over: first those that have one of their own, by the time they end, then the others, resource by resource, by the time they changed last. So it
/// needs no index for these beside the one that lists them.
/// </summary>
internal static class ExpiryWalk
{
    private const int ResourcesPerStep = 500;
    private const string Operation = "list expired threads";

    private const string End = "t.updated_at + t.ttl_seconds * 1000000";

    private const string Own =
        $"""
        select t.id, r.id, t.updated_at, {End}, t.key from threads t join resources r on r.key = t.resource_key
        where t.ttl_seconds is not null and {End} >= ?1 and {End} <= ?3 and ({End} > ?1 or t.key > ?2)
        order by {End}, t.key limit ?4
        """;

    // Those with a time of their own among them are passed over afterwards: there may be any number of them in a row.
    private const string RestOfResource =
        """
        select t.id, r.id, t.updated_at, t.ttl_seconds is not null, r.key from resources r cross join threads t on t.resource_key = r.key
        where r.key = ?1 and (t.updated_at, t.id) > (?2, ?3) and t.updated_at <= ?4
        order by t.updated_at, t.id limit ?5
        """;

    private const string Following =
        """
        select t.id, r.id, t.updated_at, t.ttl_seconds is not null, r.key from resources r cross join threads t on t.resource_key = r.key and t.updated_at <= ?2
        where r.key > ?1 and r.key <= (select max(key) from (select key from resources where key > ?1 order by key limit ?4))
        order by r.key, t.updated_at, t.id limit ?3
        """;

    private const string LastFollowing = "select case when count(*) = ?2 then max(key) end from (select key from resources where key > ?1 order by key limit ?2)";

    /// <summary>As <see cref="IMessageStore.ListExpiredAsync"/>.</summary>
    public static Task<Page<ExpiredThread, string>> StepAsync(LibSqlDatabase database, ExpiryQuery query, CancellationToken cancellationToken) =>
        query.After?.Split(',', 4) switch
        {
            null => OwnAsync(database, query, long.MinValue, 0, cancellationToken),
            ["own", var end, var key] => OwnAsync(database, query, Number(end), Number(key), cancellationToken),
            ["usual", var resource, var time, var id] => UsualAsync(database, query, new Place(Number(resource), Number(time), id), cancellationToken),
            _ => throw new ArgumentException("No step has ended there.", nameof(query)),
        };

    private static Task<Page<ExpiredThread, string>> OwnAsync(LibSqlDatabase database, ExpiryQuery query, long end, long key, CancellationToken cancellationToken)
    {
        var batch = Batch.Read(Operation);
        batch.Add(Own, end, key, query.Now.ToUnixMicroseconds(), query.Limit);
        return database.RunAsync(
            batch,
            result =>
            {
                var found = result.All(0, row => (Thread: Expired(row, isOwn: true), End: row.GetInt64(3), Key: row.GetInt64(4)));
                return new Page<ExpiredThread, string>(
                    [.. found.Select(item => item.Thread)],
                    found.Count == query.Limit ? string.Create(CultureInfo.InvariantCulture, $"own,{found[^1].End},{found[^1].Key}")
                        : query.TimeToLive is null ? null : new Place(0, 0, "").ToString());
            },
            cancellationToken);
    }

    private static Task<Page<ExpiredThread, string>> UsualAsync(LibSqlDatabase database, ExpiryQuery query, Place after, CancellationToken cancellationToken)
    {
        if (query.TimeToLive is not { } timeToLive)
        {
            return Task.FromResult(new Page<ExpiredThread, string>([], null));
        }

        var changed = query.Now.ToUnixMicroseconds() - (timeToLive.Ticks / TimeSpan.TicksPerMicrosecond);
        var batch = Batch.Read(Operation);
        var rest = batch.Add(RestOfResource, after.ResourceKey, after.UpdatedAt, after.ThreadId, changed, query.Limit);
        var following = batch.Add(Following, after.ResourceKey, changed, query.Limit, ResourcesPerStep);
        var last = batch.Add(LastFollowing, after.ResourceKey, ResourcesPerStep);
        return database.RunAsync(
            batch,
            result =>
            {
                var seen = result.Rows(rest).Concat(result.Rows(following)).Take(query.Limit).ToList();
                var next = seen.Count == query.Limit ? new Place(seen[^1].GetInt64(4), seen[^1].GetInt64(2), seen[^1].GetString(0))
                    : result.Number(last) is { } lastKey ? new Place(lastKey, long.MaxValue, "")
                    : null;
                return new Page<ExpiredThread, string>([.. seen.Where(row => !row.GetBoolean(3)).Select(row => Expired(row, isOwn: false))], next?.ToString());
            },
            cancellationToken);
    }

    private static ExpiredThread Expired(IRow row, bool isOwn) => new(row.GetString(0), row.GetString(1), Rows.Time(row, 2), isOwn);

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);

    /// <summary>A place among the threads by resource, time of change and id.</summary>
    private sealed record Place(long ResourceKey, long UpdatedAt, string ThreadId)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"usual,{ResourceKey},{UpdatedAt},{ThreadId}");
    }
}
