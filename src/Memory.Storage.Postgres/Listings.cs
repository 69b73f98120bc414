using Memory.Core;

namespace Memory.Storage.Postgres;

/// <summary>Pages of threads and resources. A page starts behind the last row of the one before, so that rows added meanwhile shift nothing.</summary>
internal static class Listings
{
    private const string Select =
        $$"""
        select {{Rows.ThreadColumns}} from {threads} t join {resources} r on r.key = t.resource_key
        where t.resource_key = (select key from {resources} where id = $1)
        """;

    private const string ByCreation = $"{Select} and (t.created_at, t.id) > ($2, $3) order by t.created_at, t.id limit $4";
    private const string ByCreationDown = $"{Select} and (t.created_at, t.id) < ($2, $3) order by t.created_at desc, t.id desc limit $4";
    private const string ByUpdate = $"{Select} and (t.updated_at, t.id) > ($2, $3) order by t.updated_at, t.id limit $4";
    private const string ByUpdateDown = $"{Select} and (t.updated_at, t.id) < ($2, $3) order by t.updated_at desc, t.id desc limit $4";
    private const string Resources = "select id, created_at from {resources} where id > $1 order by id limit $2";
    private const string ResourcesFrom = "select id, created_at from {resources} where id > $1 and id >= $3 order by id limit $2";
    private const string ResourcesBetween = "select id, created_at from {resources} where id > $1 and id >= $3 and id < $4 order by id limit $2";

    public static async Task<Page<ThreadRecord, ThreadCursor>> ThreadsAsync(PostgresDatabase database, ThreadListing listing, CancellationToken cancellationToken)
    {
        var sql = (listing.OrderBy, listing.Descending) switch
        {
            (ThreadOrder.CreatedAt, false) => ByCreation,
            (ThreadOrder.CreatedAt, true) => ByCreationDown,
            (ThreadOrder.UpdatedAt, false) => ByUpdate,
            _ => ByUpdateDown,
        };

        // The ends of time stand for before the first and behind the last.
        var time = listing.After?.Time ?? (listing.Descending ? DateTimeOffset.MaxValue : DateTimeOffset.MinValue);
        var threads = await database.ListAsync(
            "list threads", sql, () => [Parameter.Text(listing.ResourceId), Parameter.Time(time), Parameter.Text(listing.After?.Id ?? ""), Parameter.Bigint(listing.Limit + 1L)], Rows.Thread, cancellationToken);
        return Page(threads, listing.Limit, last => new ThreadCursor(listing.OrderBy == ThreadOrder.CreatedAt ? last.CreatedAt : last.UpdatedAt, last.Id));
    }

    public static async Task<Page<ResourceRecord, string>> ResourcesAsync(PostgresDatabase database, ResourceListing listing, CancellationToken cancellationToken)
    {
        // Bounds of the index: a pattern that is a parameter would be compared with every row.
        var sql = listing.Prefix is null ? Resources : listing.End is null ? ResourcesFrom : ResourcesBetween;
        string[] bounds = [.. new[] { listing.Prefix, listing.End }.OfType<string>()];
        var resources = await database.ListAsync(
            "list resources", sql, () => [Parameter.Text(listing.After ?? ""), Parameter.Bigint(listing.Limit + 1L), .. bounds.Select(Parameter.Text)], row => new ResourceRecord(row.GetString(0), Rows.Time(row, 1)), cancellationToken);
        return Page(resources, listing.Limit, last => last.Id);
    }

    // One row more than asked tells whether there is a next page.
    internal static Page<TItem, TCursor> Page<TItem, TCursor>(List<TItem> rows, int limit, Func<TItem, TCursor> cursor)
        where TCursor : class =>
        rows.Count > limit ? new Page<TItem, TCursor>(rows[..limit], cursor(rows[limit - 1])) : new Page<TItem, TCursor>(rows, null);
}
