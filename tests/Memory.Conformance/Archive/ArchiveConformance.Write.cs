using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class ArchiveConformance<TArchive>
{
    [Fact]
    public async Task A_thread_is_written_as_it_was_elsewhere()
    {
        var thread = Foreign("t", "r", lastPosition: 9, messages: 3);
        ArchivedMessage[] messages = [Moved("t", 1, "apples and pears", metadata: """{"n": 1.50}"""), Moved("t", 4, "plums", revision: 3), Moved("t", 5, "cherries", id: "an/odd 'id'")];
        await Archive.PutResourceAsync(new ResourceRecord("r", Then.AddDays(-9)), Token);

        var outcome = await WriteAsync(thread, isLast: true, messages);

        Assert.Equal((3, 0, false), (outcome.Written, outcome.Pending, outcome.IsTaken));
        Assert.Empty(outcome.Conflicts);

        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Equal(Then.AddDays(-9), Assert.Single((await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items).CreatedAt);
        Assert.Equal(["t"], (await Store.ListThreadsAsync(new ThreadListing("r", 10, ThreadOrder.UpdatedAt, Descending: false, null), Token)).Items.Select(item => item.Id));
        Assert.Equal(["t"], (await Store.ListThreadsAsync(new ThreadListing("r", 10, ThreadOrder.CreatedAt, Descending: false, null), Token)).Items.Select(item => item.Id));
        Assert.All(messages.Zip((await ReadAsync("t")).Messages), pair => Same(pair.First, pair.Second));
        Assert.Equal(["t/4"], await FoundAsync(SearchScope.Resource("r"), "plums"));
        Assert.Equal(["t/5"], await FoundAsync(SearchScope.Thread("t"), "cherries"));
    }

    [Fact]
    public async Task What_is_appended_afterwards_follows_and_duplicates_are_known()
    {
        await WriteAsync(Foreign("t", "r", lastPosition: 9, messages: 2), isLast: true, Moved("t", 1, "apples"), Moved("t", 4, "plums", id: "p"));

        var result = await AppendAsync("t", "r", Drafts.Message("p", "plums", MessageRole.Assistant), Drafts.Message("new", "grapes"));

        Assert.Equal([("p", 4, true), ("new", 10, false)], result.Messages.Select(message => (message.Id, message.Position, message.Duplicate)));
        await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("t", "r", Drafts.Message("p", "other")));
        Assert.Equal(["t/10"], await FoundAsync(SearchScope.Resource("r"), "grapes"));
        Assert.Equal(3, (await ThreadAsync("t")).MessageCount);
    }

    [Fact]
    public async Task A_thread_grows_by_pieces_and_has_its_time_of_change_with_the_last()
    {
        var thread = Foreign("t", "r", lastPosition: 6, messages: 4);
        await WriteAsync(thread, isLast: false, Moved("t", 1, "one"), Moved("t", 2, "two"));

        var half = await ThreadAsync("t");
        Assert.Equal((2L, 2L, thread.Title, thread.Version), (half.LastPosition, half.MessageCount, half.Title, half.Version));
        Assert.True(half.UpdatedAt < thread.UpdatedAt, "Half a thread must not look like a whole one.");

        await WriteAsync(thread, isLast: false, Moved("t", 4, "four"), Moved("t", 5, "five"));
        Assert.Equal(5, (await ThreadAsync("t")).LastPosition);
        await WriteAsync(thread, isLast: true);

        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Equal([1, 2, 4, 5], (await AllAsync("t")).Select(message => message.Position));
    }

    [Fact]
    public async Task A_piece_written_again_changes_nothing()
    {
        var thread = Foreign("t", "r", lastPosition: 3, messages: 3);
        ArchivedMessage[] messages = [Moved("t", 1, "one"), Moved("t", 2, "two"), Moved("t", 3, "three")];
        await WriteAsync(thread, isLast: true, messages);
        var before = await ContentsAsync("t");

        Assert.Equal(0, (await WriteAsync(thread, isLast: true, messages)).Written);
        Assert.Equal(1, (await WriteAsync(thread with { LastPosition = 4, MessageCount = 4 }, isLast: true, [.. messages, Moved("t", 4, "four")])).Written);

        Assert.Equal([.. before, Drafts.Describe(Moved("t", 4, "four").Message)], await ContentsAsync("t"));
        Assert.Equal((4L, 4L), ((await ThreadAsync("t")).LastPosition, (await ThreadAsync("t")).MessageCount));
        Assert.Equal(["t/2"], await FoundAsync(SearchScope.Resource("r"), "two"));
    }

    [Fact]
    public async Task What_stands_in_the_way_is_named_and_nothing_is_written()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "ours"), Drafts.Message("x", "ours too"), Drafts.Message("m3", "text"));
        await DeleteAsync("t", "m3");
        var before = (await ThreadAsync("t"), await ContentsAsync("t"));

        var outcome = await WriteAsync(
            Foreign("t", "r", lastPosition: 9, messages: 5) with { Version = 1 }, isLast: true,
            Moved("t", 1, "theirs"), Moved("t", 2, "two"), Moved("t", 4, "four"), Moved("t", 5, "ours too", id: "x"), Moved("t", 6, "text", id: "m3"));

        Assert.Equal((0, false), (outcome.Written, outcome.IsTaken));
        Assert.Equal([1, 2, 5, 6], outcome.Conflicts.Order());
        Assert.Equal(before.Item1, await ThreadAsync("t"));
        Assert.Equal(before.Item2, await ContentsAsync("t"));
    }

    [Fact]
    public async Task A_message_that_was_deleted_here_does_not_come_back()
    {
        var thread = Foreign("t", "r", lastPosition: 2, messages: 2);
        await WriteAsync(thread, isLast: true, Moved("t", 1, "one"), Moved("t", 2, "two"));
        await DeleteAsync("t", "m2");

        Assert.Equal([2], (await WriteAsync(thread, isLast: true, Moved("t", 1, "one"), Moved("t", 2, "two"))).Conflicts);
        Assert.Equal([1], (await AllAsync("t")).Select(message => message.Position));
    }

    [Fact]
    public async Task Another_resources_thread_is_left_alone()
    {
        await AppendAsync("t", "owner", Drafts.Message("m1", "secret"));
        var before = (await ThreadAsync("t"), await ContentsAsync("t"));

        var outcome = await WriteAsync(Foreign("t", "thief", lastPosition: 2, messages: 1), isLast: true, Moved("t", 2, "mine"));

        Assert.True(outcome.IsTaken);
        Assert.Equal(before.Item1, await ThreadAsync("t"));
        Assert.Equal(before.Item2, await ContentsAsync("t"));
        Assert.Empty(await FoundAsync(SearchScope.Resource("thief"), "mine"));
    }

    [Fact]
    public async Task What_is_newer_here_stays()
    {
        var thread = Foreign("t", "r", lastPosition: 1, messages: 1);
        await WriteAsync(thread, isLast: true, Moved("t", 1, "one"));
        var edited = await Store.UpdateThreadAsync((await ThreadAsync("t")) with { Title = "Ours", UpdatedAt = Now }, Token);
        await AppendAsync("t", "r", Drafts.Message("here", "appended here"));

        await WriteAsync(thread, isLast: true, Moved("t", 1, "one"));

        var now = await ThreadAsync("t");
        Assert.Equal(("Ours", edited!.Version, Now, 2L, 2L), (now.Title, now.Version, now.UpdatedAt, now.LastPosition, now.MessageCount)); // it was there to update
    }

    [Fact]
    public async Task A_newer_title_comes_over()
    {
        var thread = Foreign("t", "r", lastPosition: 1, messages: 1);
        await WriteAsync(thread, isLast: true, Moved("t", 1, "one"));
        var renamed = thread with { Title = null, Metadata = null, Version = thread.Version + 5, UpdatedAt = thread.UpdatedAt.AddMinutes(1) };

        await WriteAsync(renamed, isLast: true);

        Assert.Equal(renamed, await ThreadAsync("t"));
    }

    [Theory]
    [InlineData(null, 90)]
    [InlineData(3_600, 90)]
    [InlineData(3_600, null)]
    public async Task A_time_to_live_comes_over_with_the_newer_version_of_a_thread(int? before, int? after)
    {
        TimeSpan? Lives(int? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
        var thread = Foreign("t", "r", lastPosition: 2, messages: 2) with { TimeToLive = Lives(before) };
        await WriteAsync(thread, isLast: false, Moved("t", 1, "one"));
        Assert.Equal(thread.TimeToLive, (await ThreadAsync("t")).TimeToLive);
        await WriteAsync(thread, isLast: true, Moved("t", 2, "two"));
        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Equal(thread, Assert.Single(await Archive.FindThreadsAsync(["t", "unknown"], Token)).Thread);

        await WriteAsync(thread with { TimeToLive = Lives(7), Version = thread.Version - 1 }, isLast: true);
        Assert.Equal(thread, await ThreadAsync("t"));
        var newer = thread with { TimeToLive = Lives(after), Version = thread.Version + 5 };
        await WriteAsync(newer, isLast: true);
        Assert.Equal(newer, await ThreadAsync("t"));

        var expired = await Store.ListExpiredAsync(new ExpiryQuery(newer.UpdatedAt.AddSeconds(90), null, 9, null), Token);
        for (var steps = 0; expired is { Items.Count: 0, Next: not null } && steps < 100; steps++)
        {
            expired = await Store.ListExpiredAsync(new ExpiryQuery(newer.UpdatedAt.AddSeconds(90), null, 9, expired.Next), Token);
        }

        Assert.Equal(after is null ? [] : ["t"], expired.Items.Select(item => item.Id));
    }

    [Fact]
    public async Task A_resource_is_made_once_and_stays_as_it_is()
    {
        await Archive.PutResourceAsync(new ResourceRecord("r", Then), Token);
        await Archive.PutResourceAsync(new ResourceRecord("r", Then.AddDays(1)), Token);

        Assert.Equal([new ResourceRecord("r", Then)], (await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items);
        Assert.Equal(0, (await Store.EraseResourceAsync("r", Now, Token)).Threads);
        Assert.Empty((await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items);
    }

    [Fact]
    public async Task What_was_written_can_be_edited_deleted_cloned_and_erased()
    {
        await WriteAsync(Foreign("t", "r", lastPosition: 3, messages: 3), isLast: true, Moved("t", 1, "apples"), Moved("t", 2, "plums", revision: 4), Moved("t", 3, "pears"));

        await EditAsync("t", "m2", "grapes");
        await DeleteAsync("t", "m3");
        Assert.Equal(5, (await Store.FindMessageAsync("t", "m2", Token))!.Revision); // just edited
        Assert.Equal(["t/2"], await FoundAsync(SearchScope.Resource("r"), "plums grapes pears"));
        await Store.CloneThreadAsync(new ThreadClone("t", "c", null, null, Now), Token);
        Assert.Equal(["c/2", "t/2"], await FoundAsync(SearchScope.Resource("r"), "grapes"));
        Assert.Equal((2L, 4L), (await Store.EraseResourceAsync("r", Now, Token)) is var erased ? (erased.Threads, erased.Messages) : default);
        Assert.Empty(await FoundAsync(SearchScope.Resource("r"), "apples grapes"));
    }

    [Fact]
    public async Task Writers_of_the_same_thread_and_appends_to_it_do_not_disturb_each_other()
    {
        var thread = Foreign("t", "r", lastPosition: 120, messages: 120);
        ArchivedMessage[] messages = [.. Enumerable.Range(1, 120).Select(i => Moved("t", i, $"text number {i}"))];
        await WriteAsync(thread, isLast: true, messages[^1]);

        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            foreach (var piece in messages.Chunk(30))
            {
                Assert.Empty((await WriteAsync(thread, isLast: piece[^1] == messages[^1], piece)).Conflicts);
            }
        }));
        var appends = Enumerable.Range(0, 20).Select(i => Task.Run(() => AppendAsync("t", "r", Drafts.Message($"live{i}", "live"))));
        await Task.WhenAll([.. writers, .. appends]);

        Assert.Equal(Enumerable.Range(1, 140).Select(i => (long)i), (await AllAsync("t")).Select(message => message.Position));
        Assert.Equal((140L, 140L), (await ThreadAsync("t")) is var now ? (now.LastPosition, now.MessageCount) : default);
        Assert.All(messages.Zip((await ReadAsync("t", limit: 120)).Messages), pair => Same(pair.First, pair.Second));
    }
}
