namespace Memory.Fakes;

/// <summary>What was written and asked since midnight in UTC, against the day's limits. The service's texts are known from others, for writes.</summary>
internal sealed class VectorQuota(FakeUpstashVectorOptions options)
{
    private DateOnly day;
    private int writes;
    private int queries;

    /// <summary>Refuses what the day has no room for: with 403, until midnight.</summary>
    public void Check(string path)
    {
        var today = DateOnly.FromDateTime(options.Clock.GetUtcNow().UtcDateTime);
        if (today != day)
        {
            (day, writes, queries) = (today, 0, 0);
        }

        if (path is "upsert" or "update" or "delete" && options.DailyWriteLimit is { } mostWrites && writes >= mostWrites)
        {
            throw new VectorRefusedException(403, $"Exceeded daily write limit: {mostWrites}");
        }

        if (path is "query" or "fetch" or "range" or "resumable-query" or "resumable-query-next" && options.DailyQueryLimit is { } mostQueries && queries >= mostQueries)
        {
            throw new VectorRefusedException(403, $"Exceeded daily query limit: {mostQueries}");
        }
    }

    /// <summary>Counts what was let in; the request that goes beyond the limit is let in as a whole, which is a guess.</summary>
    public void Count(string path, int billed)
    {
        if (path is "query" or "fetch" or "range" or "resumable-query" or "resumable-query-next")
        {
            queries += billed;
        }
        else
        {
            writes += billed;
        }
    }
}
