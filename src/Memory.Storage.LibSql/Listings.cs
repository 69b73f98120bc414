using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Pages of threads and resources. A page starts behind the last row of the one before, so that rows added meanwhile shift nothing.</summary>
internal static class Listings
{
    private const string Select =
        $"select {Rows.ThreadColumns} from threads t join resources r on r.key = t.resource_key where t.resource_key = (select key from resources where id = ?1)";

    private const string ByCreation = $"{Select} and (t.created_at, t.id) > (?2, ?3) order by t.created_at, t.id limit ?4";
    private const string ByCreationDown = $"{Select} and (t.created_at, t.id) < (?2, ?3) order by t.created_at desc, t.id desc limit ?4";
    private const string ByUpdate = $"{Select} and (t.updated_at, t.id) > (?2, ?3) order by t.updated_at, t.id limit ?4";
    private const string ByUpdateDown = $"{Select} and (t.updated_at, t.id) < (?2, ?3) order by t.updated_at desc, t.id desc limit ?4";
    private const string Resources = "select id, created_at from resources where id >= ?1 and id <> ?2 order by id limit ?3";
    private const string ResourcesBefore = "select id, created_at from resources where id >= ?1 and id <> ?2 and id < ?4 order by id limit ?3";

    public static Task<Page<ThreadRecord, ThreadCursor>> ThreadsAsync(LibSqlDatabase database, ThreadListing listing, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("list threads");
        batch.Add(Sql(listing), Values(listing));
        return database.RunAsync(batch, result => Page(listing, result.All(0, Rows.Thread)), cancellationToken);
    }

    public static Task<Page<ResourceRecord, string>> ListResourcesAsync(LibSqlDatabase database, ResourceListing listing, CancellationToken cancellationToken)
    {
        var batch = Batch.Read("list resources");
        _ = listing.End is { } end ? batch.Add(ResourcesBefore, listing.Start, listing.After ?? "", listing.Limit + 1, end) : batch.Add(Resources, listing.Start, listing.After ?? "", listing.Limit + 1);
        return database.RunAsync(batch, result => Page(result.All(0, Resource), listing.Limit, last => last.Id), cancellationToken);
    }

    private static string Sql(ThreadListing listing) => (listing.OrderBy, listing.Descending) switch
    {
        (ThreadOrder.CreatedAt, false) => ByCreation,
        (ThreadOrder.CreatedAt, true) => ByCreationDown,
        (ThreadOrder.UpdatedAt, false) => ByUpdate,
        _ => ByUpdateDown,
    };

    private static object?[] Values(ThreadListing listing) =>
    [
        listing.ResourceId, listing.After?.Time.ToUnixMicroseconds() ?? (listing.Descending ? long.MaxValue : long.MinValue), listing.After?.Id ?? "", listing.Limit + 1,
    ];

    private static ResourceRecord Resource(IRow row) => new(row.GetString(0), Rows.Time(row, 1));

    private static Page<ThreadRecord, ThreadCursor> Page(ThreadListing listing, List<ThreadRecord> threads) =>
        Page(threads, listing.Limit, last => new ThreadCursor(listing.OrderBy == ThreadOrder.CreatedAt ? last.CreatedAt : last.UpdatedAt, last.Id));

    /// <summary>A page of rows, of which one more than asked tells whether there is a next page.</summary>
    public static Page<TItem, TCursor> Page<TItem, TCursor>(List<TItem> rows, int limit, Func<TItem, TCursor> cursor)
        where TCursor : class =>
        rows.Count > limit ? new Page<TItem, TCursor>(rows[..limit], cursor(rows[limit - 1])) : new Page<TItem, TCursor>(rows, null);
}
