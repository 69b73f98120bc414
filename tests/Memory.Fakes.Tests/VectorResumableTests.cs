using System.Text.Json;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Fakes.Tests;

public sealed class VectorResumableTests
{
    [Fact]
    public async Task A_query_goes_on_where_it_stopped_until_there_is_nothing_left()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await FillAsync(rest, 25, "/upsert/ns");
        var started = await rest.ResultAsync("/resumable-query/ns", new { vector = new[] { 1, 0, 0 }, topK = 10, includeMetadata = true });
        var uuid = started.GetProperty("uuid").GetString();
        Assert.Equal(Names(0, 10), Ids(started.GetProperty("scores")));

        var next = await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 });
        Assert.Equal(Names(10, 10), Ids(next));
        Assert.Equal(10, next[0].GetProperty("metadata").GetProperty("i").GetInt32());
        Assert.Equal(Names(20, 5), Ids(await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 })));
        Assert.Empty(Ids(await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 })));
        Assert.Equal(1, fake.ActiveQueries);
        Assert.Equal("Success", (await rest.ResultAsync("/resumable-query-end", new { uuid })).GetString());
        Assert.Equal(0, fake.ActiveQueries);
        Assert.Equal(404, (await rest.PostAsync("/resumable-query-next", new { uuid, additionalK = 10 })).Status);
    }

    [Fact]
    public async Task A_step_with_a_filter_looks_at_no_more_than_a_query()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero, FilterBudget = 50 });
        using Rest rest = new(fake);
        await FillAsync(rest, 200);
        var started = await rest.ResultAsync("/resumable-query", new { vector = new[] { 1, 0, 0 }, topK = 10, filter = "i IN (20, 40, 60, 199)" });
        var uuid = started.GetProperty("uuid").GetString();
        Assert.Equal(["20", "40"], Ids(started.GetProperty("scores")).Select(id => id.TrimStart('0')));
        Assert.Equal(["060"], Ids(await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 })));
        Assert.Equal(["199"], Ids(await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 })));
        Assert.Empty(Ids(await rest.ResultAsync("/resumable-query-next", new { uuid, additionalK = 10 })));
    }

    [Fact]
    public async Task Only_so_many_are_under_way_and_the_idle_end_by_themselves()
    {
        FakeTimeProvider clock = new();
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero, MaxResumableQueries = 1, Clock = clock });
        using Rest rest = new(fake);
        await FillAsync(rest, 5);
        var query = new { vector = new[] { 1, 0, 0 }, topK = 2, maxIdle = 60 };
        await rest.ResultAsync("/resumable-query", query);
        Assert.Equal(400, (await rest.PostAsync("/resumable-query", query)).Status);
        clock.Advance(TimeSpan.FromSeconds(61));
        await rest.ResultAsync("/resumable-query", query);
        Assert.Equal(1, fake.ActiveQueries);
    }

    private static Task<JsonElement> FillAsync(Rest rest, int count, string path = "/upsert") =>
        rest.ResultAsync(path, Enumerable.Range(0, count).Select(i => new { id = $"{i:000}", vector = new[] { 1, i / 100.0, 0 }, metadata = new { i } }));

    private static IEnumerable<string> Names(int from, int count) => Enumerable.Range(from, count).Select(i => $"{i:000}");

    private static List<string> Ids(JsonElement hits) => [.. hits.EnumerateArray().Select(hit => hit.GetProperty("id").GetString()!)];
}
