using System.Globalization;
using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tick = TimeSpan.FromMicroseconds(1);

    [Fact]
    public async Task A_time_to_live_is_kept_changed_and_taken_away_with_the_version()
    {
        var created = await CreateThreadAsync("t", "r", "Title", timeToLive: TimeSpan.FromDays(3_650));
        Assert.Equal(created, await ThreadAsync("t"));
        Assert.Equal(created, Assert.Single(await WalkThreadsAsync("r", 9, ThreadOrder.UpdatedAt, true)));

        var changed = await Store.UpdateThreadAsync(created with { TimeToLive = TimeSpan.FromSeconds(90) }, Token);
        Assert.True(changed!.Version > created.Version); // it was there to update, and below
        Assert.Equal(created with { TimeToLive = TimeSpan.FromSeconds(90), Version = changed.Version }, await ThreadAsync("t"));

        var cleared = await Store.UpdateThreadAsync(changed with { TimeToLive = null }, Token);
        Assert.Equal(changed with { TimeToLive = null, Version = cleared!.Version }, await ThreadAsync("t"));
        Assert.NotNull(await Store.UpdateThreadAsync(cleared with { TimeToLive = Hour }, Token));
        Assert.Equal(Hour, (await ThreadAsync("t")).TimeToLive);
    }

    [Fact]
    public async Task A_clone_lives_as_long_as_its_source_does()
    {
        await CreateThreadAsync("short", "r", timeToLive: Hour);
        await CreateThreadAsync("usual", "r");
        Clock.Advance(TimeSpan.FromMinutes(30));
        await Store.CloneThreadAsync(new ThreadClone("short", "copy of short", "other", null, Now), Token);
        await Store.CloneThreadAsync(new ThreadClone("usual", "copy of usual", null, null, Now), Token);

        Assert.Equal(Hour, (await ThreadAsync("copy of short")).TimeToLive);
        Assert.Null((await ThreadAsync("copy of usual")).TimeToLive);
        Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["short"], await WalkExpiredAsync(9, null));
        Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(["copy of short", "short"], await WalkExpiredAsync(9, null));
    }

    [Fact]
    public async Task A_thread_made_by_an_append_has_no_time_to_live_of_its_own()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));

        Assert.Null((await ThreadAsync("t")).TimeToLive);
        Clock.Advance(TimeSpan.FromDays(999));
        Assert.Empty(await WalkExpiredAsync(9, null));
        Assert.Equal(["t"], await WalkExpiredAsync(9, TimeSpan.FromDays(999)));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_thread_expires_exactly_when_its_time_is_over(bool isOwn)
    {
        await CreateThreadAsync("t", "r", timeToLive: isOwn ? Hour : null);
        TimeSpan? usual = isOwn ? TimeSpan.FromMinutes(1) : Hour; // that of others is nothing to a thread with its own
        Clock.Advance(Hour - Tick);
        Assert.Empty(await WalkExpiredAsync(9, usual));

        Clock.Advance(Tick);

        var page = await ExpiredPageAsync(9, usual, null);
        while (page.Items.Count == 0 && page.Next is not null)
        {
            page = await ExpiredPageAsync(9, usual, page.Next);
        }

        Assert.Equal([new("t", "r", Now - Hour, isOwn)], page.Items);
        Assert.Equal(isOwn ? ["t"] : [], await WalkExpiredAsync(9, null));
    }

    [Fact]
    public async Task Any_change_of_a_thread_begins_its_time_anew()
    {
        await AppendAsync("appended", "r", Drafts.Messages(2));
        await AppendAsync("edited", "r", Drafts.Messages(2));
        await AppendAsync("deleted", "r", Drafts.Messages(2));
        var renamed = await CreateThreadAsync("renamed", "r", timeToLive: Hour);
        await CreateThreadAsync("idle", "r", timeToLive: Hour);
        await CreateThreadAsync("long", "r", timeToLive: 4 * Hour);
        Clock.Advance(Hour / 2);
        await AppendAsync("appended", null, Drafts.Message("new", "words"));
        await EditAsync("edited", "m1", "other words");
        await DeleteAsync("deleted", "m1");
        await Store.UpdateThreadAsync(renamed with { Title = "new", UpdatedAt = Now }, Token);

        Clock.Advance(Hour / 2);
        Assert.Equal(["idle"], await WalkExpiredAsync(2, Hour));
        Clock.Advance(Hour / 2);
        Assert.Equal(["appended", "deleted", "edited", "idle", "renamed"], await WalkExpiredAsync(2, Hour));
        Assert.Equal(["idle", "renamed"], await WalkExpiredAsync(2, null));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1_000)]
    public async Task A_walk_finds_every_expired_thread_once_and_no_other(int limit)
    {
        // Of every resource some with a time of their own and some without, several of one moment; every third resource has none that is over.
        List<string> own = [], usual = [];
        for (var number = 0; number < 60; number++)
        {
            var (resource, isYoung) = ($"r/{number % 12}'😀", number % 3 == 2);
            if (number % 5 == 0)
            {
                Clock.Advance(Tick);
            }

            await CreateThreadAsync($"own {number}", resource, timeToLive: isYoung ? 9 * Hour : Hour);
            await CreateThreadAsync($"usual {number}", isYoung ? $"young {number % 12}" : resource);
            if (!isYoung)
            {
                own.Add($"own {number}");
                usual.Add($"usual {number}");
            }
        }

        Clock.Advance(2 * Hour);
        foreach (var thread in (string[])["usual 2", "usual 5", "usual 59", "usual 0"])
        {
            await AppendAsync(thread, null, Drafts.Messages(1));
        }

        var young = Enumerable.Range(0, 60).Where(number => number % 3 == 2 && number is not (2 or 5 or 59)).Select(number => $"usual {number}");
        Assert.Equal(own.Order(StringComparer.Ordinal), await WalkExpiredAsync(limit, null));
        Assert.Equal(own.Concat(usual).Except(["usual 0"]).Concat(young).Order(StringComparer.Ordinal), await WalkExpiredAsync(limit, Hour));
        Assert.Equal(own.Order(StringComparer.Ordinal), await WalkExpiredAsync(limit, 3 * Hour));
    }

    [Fact]
    public async Task Threads_that_go_during_a_walk_make_it_miss_no_other()
    {
        for (var number = 0; number < 36; number++)
        {
            await CreateThreadAsync($"t{number:00}", $"r{number % 5}", timeToLive: number % 2 == 0 ? Hour : null);
        }

        Clock.Advance(Hour);
        List<string> walked = [], gone = [];
        var steps = 0;
        string? after = null;
        do
        {
            var page = await ExpiredPageAsync(2, Hour, after);
            walked.AddRange(page.Items.Select(thread => thread.Id));
            foreach (var thread in page.Items)
            {
                Assert.True(await Store.DeleteThreadAsync(new ThreadAddress(thread.Id, thread.ResourceId), new ThreadCondition(UpdatedAt: thread.UpdatedAt), Token));
            }

            if (steps++ == 3)
            {
                gone.AddRange((await WalkThreadsAsync("r2", 50, ThreadOrder.CreatedAt, false)).Select(thread => thread.Id));
                await Store.EraseResourceAsync("r2", Now, Token);
            }

            after = page.Next;
        }
        while (after is not null && steps < 1_000);

        Assert.Null(after);
        Assert.Equal(walked.Distinct(), walked);
        Assert.Equal(Enumerable.Range(0, 36).Select(number => $"t{number:00}"), walked.Concat(gone).Order(StringComparer.Ordinal));
        Assert.Empty(await WalkExpiredAsync(9, Hour));
    }

    [Fact]
    public async Task The_resource_a_walk_stands_at_may_go()
    {
        foreach (var resource in (string[])["a", "b", "c"])
        {
            await CreateThreadAsync($"first of {resource}", resource);
            await CreateThreadAsync($"second of {resource}", resource);
        }

        Clock.Advance(Hour);
        List<string> walked = [];
        string? after = null;
        var steps = 0;
        do
        {
            var page = await ExpiredPageAsync(1, Hour, after);
            foreach (var thread in page.Items)
            {
                walked.Add(thread.ResourceId);
                await Store.EraseResourceAsync(thread.ResourceId, Now, Token); // the other one with it
            }

            after = page.Next;
        }
        while (after is not null && ++steps < 100);

        Assert.Equal(["a", "b", "c"], walked.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Any_allowed_id_can_expire() =>
        await Gen.Select(Identifiers.Any, Identifiers.Any).Array[1, 6].SampleAsync(
            async drawn =>
            {
                var threads = drawn.DistinctBy(pair => pair.Item2).ToList();
                foreach (var (index, (resource, thread)) in threads.Index())
                {
                    await CreateThreadAsync(thread, resource, timeToLive: index % 2 == 0 ? Hour : null);
                }

                Clock.Advance(Hour);
                Assert.Equal(threads.Select(pair => pair.Item2).Order(StringComparer.Ordinal), await WalkExpiredAsync(1, Hour));
                foreach (var (resource, _) in threads)
                {
                    await Store.EraseResourceAsync(resource, Now, Token);
                }

                Assert.Empty(await WalkExpiredAsync(9, Hour));
            },
            iter: 20,
            threads: 1);

    [Fact]
    public async Task A_thread_is_deleted_only_as_it_was_when_it_expired()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));
        var stored = await ThreadAsync("t");
        Clock.Advance(Hour);
        await AppendAsync("t", "r", Drafts.Message("new", "words"));

        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(UpdatedAt: stored.UpdatedAt), Token));
        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(stored.Version, stored.UpdatedAt), Token));
        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(stored.Version + 1, Now), Token));
        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(UpdatedAt: Now + Tick), Token));
        Assert.False(await Store.DeleteThreadAsync("missing", new ThreadCondition(UpdatedAt: Now), Token));
        Assert.Equal(3, (await AllAsync("t")).Count);

        Assert.True(await Store.DeleteThreadAsync(new ThreadAddress("t", "r"), new ThreadCondition(stored.Version, Now), Token));
        Assert.Null(await Store.FindThreadAsync("t", Token));
    }

    [Fact]
    public async Task Of_an_append_and_an_expiry_at_once_one_wins_and_nothing_is_lost()
    {
        for (var round = 0; round < 12; round++)
        {
            var thread = $"t{round}";
            await AppendAsync(thread, "r", Drafts.Messages(1));
            var stored = await ThreadAsync(thread);
            Clock.Advance(Hour);
            var append = Task.Run(() => AppendAsync(thread, "r", Drafts.Message("new", "words")), Token);
            var delete = Task.Run(() => Store.DeleteThreadAsync(thread, new ThreadCondition(UpdatedAt: stored.UpdatedAt), Token), Token);

            await append;

            // Deleted before the append, which then made it anew, or kept by it.
            Assert.Equal(await delete ? "new" : "m1,new", string.Join(',', (await AllAsync(thread)).Select(message => message.Id)));
        }
    }

    [Fact]
    public async Task Expiry_is_what_a_simple_model_says() =>
        await Gen.Select(
            Gen.Select(Gen.Int[0, 4], Gen.Int[0, 9], Gen.Int[0, 3], Gen.Int[0, 40]).Array[1, 25], Gen.Int[1, 4], Gen.Int[0, 60]).SampleAsync(
            async (steps, limit, usualMinutes) =>
            {
                var run = Interlocked.Increment(ref runs).ToString(CultureInfo.InvariantCulture);
                Dictionary<string, (DateTimeOffset UpdatedAt, TimeSpan? TimeToLive)> model = [];
                foreach (var (kind, number, resource, minutes) in steps)
                {
                    Clock.Advance(TimeSpan.FromMinutes(minutes / 4));
                    var id = $"{run}-{number}";
                    TimeSpan? timeToLive = minutes % 3 == 0 ? null : TimeSpan.FromMinutes(minutes);
                    switch (kind)
                    {
                        case 0 or 1 when !model.ContainsKey(id):
                            await CreateThreadAsync(id, $"{run} of {resource}", timeToLive: timeToLive);
                            model[id] = (Now, timeToLive);
                            break;
                        case 2 when model.TryGetValue(id, out var known):
                            await AppendAsync(id, null, Drafts.Message($"m{Now.ToUnixMicroseconds()}", "words"));
                            model[id] = (Now, known.TimeToLive);
                            break;
                        case 3 when model.ContainsKey(id):
                            await Store.UpdateThreadAsync((await ThreadAsync(id)) with { TimeToLive = timeToLive, UpdatedAt = Now }, Token);
                            model[id] = (Now, timeToLive);
                            break;
                        case 4 when model.Remove(id):
                            await Store.DeleteThreadAsync(id, null, Token);
                            break;
                    }
                }

                TimeSpan? usual = usualMinutes == 0 ? null : TimeSpan.FromMinutes(usualMinutes);
                var expected = model.Where(thread => (thread.Value.TimeToLive ?? usual) is { } lives && thread.Value.UpdatedAt + lives <= Now).Select(thread => thread.Key);
                Assert.Equal(expected.Order(StringComparer.Ordinal), await WalkExpiredAsync(limit, usual));
                for (var resource = 0; resource <= 3; resource++)
                {
                    await Store.EraseResourceAsync($"{run} of {resource}", Now, Token);
                }
            },
            iter: 25,
            threads: 1);

    private Task<Page<ExpiredThread, string>> ExpiredPageAsync(int limit, TimeSpan? usual, string? after) =>
        Store.ListExpiredAsync(new ExpiryQuery(Now, usual, limit, after), Token);

    /// <summary>Walks to the end.</summary>
    /// <returns>The ids of the expired threads in the order of characters.</returns>
    private async Task<IReadOnlyList<string>> WalkExpiredAsync(int limit, TimeSpan? usual)
    {
        List<ExpiredThread> walked = [];
        string? after = null;
        var steps = 0;
        do
        {
            var page = await ExpiredPageAsync(limit, usual, after);
            Assert.True(page.Items.Count <= limit, "A step returns no more than asked.");
            Assert.True(++steps < 2_000, "The walk has no end.");
            walked.AddRange(page.Items);
            after = page.Next;
        }
        while (after is not null);

        foreach (var expired in walked)
        {
            var thread = await ThreadAsync(expired.Id);
            Assert.Equal(new ExpiredThread(thread.Id, thread.ResourceId, thread.UpdatedAt, thread.TimeToLive is not null), expired);
        }

        return [.. walked.Select(thread => thread.Id).Order(StringComparer.Ordinal)];
    }
}
