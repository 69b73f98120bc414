using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task A_thread_reads_back_as_it_was_created()
    {
        var thread = await CreateThreadAsync("t", "r", "Räksmörgås \"quoted\"", """{ "b":1.0,"a":[ ] }""");

        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Equal([new("r", Now)], (await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items);
    }

    [Fact]
    public async Task A_taken_thread_id_is_not_given_again_to_anyone()
    {
        var thread = await CreateThreadAsync("t", "r", "mine");

        Assert.False(await Store.CreateThreadAsync(Drafts.Thread("t", "r", Now, "again"), Token));
        Assert.False(await Store.CreateThreadAsync(Drafts.Thread("t", "other", Now, "theirs"), Token));

        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Equal(["r"], (await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items.Select(resource => resource.Id));
    }

    [Fact]
    public async Task An_update_writes_title_metadata_and_time_and_changes_the_version()
    {
        var created = await CreateThreadAsync("t", "r", "old", """{"a":1}""");
        Clock.Advance(TimeSpan.FromMinutes(1));

        var written = await Store.UpdateThreadAsync(created with { Title = "new", Metadata = new RawJson("""{"b": 2}"""), UpdatedAt = Now }, Token);

        Assert.NotNull(written);
        Assert.True(written.Version > created.Version);
        Assert.Equal(created with { Title = "new", Metadata = new RawJson("""{"b": 2}"""), UpdatedAt = Now, Version = written.Version }, written);
        Assert.Equal(written, await ThreadAsync("t"));
    }

    [Fact]
    public async Task An_update_can_take_title_and_metadata_away()
    {
        var created = await CreateThreadAsync("t", "r", "old", """{"a":1}""");

        await Store.UpdateThreadAsync(created with { Title = null, Metadata = null }, Token);

        var found = await ThreadAsync("t");
        Assert.Null(found.Title);
        Assert.Null(found.Metadata);
    }

    [Fact]
    public async Task An_update_at_an_old_version_is_not_written()
    {
        var created = await CreateThreadAsync("t", "r", "first");
        var second = await Store.UpdateThreadAsync(created with { Title = "second" }, Token);

        Assert.Null(await Store.UpdateThreadAsync(created with { Title = "third" }, Token));
        Assert.Null(await Store.UpdateThreadAsync(created with { Id = "missing" }, Token));

        Assert.Equal(second, await ThreadAsync("t"));
    }

    [Fact]
    public async Task An_update_touches_neither_the_messages_that_came_meanwhile_nor_the_owner()
    {
        var created = await CreateThreadAsync("t", "r", "old");
        await AppendAsync("t", null, Drafts.Messages(3));

        var written = await Store.UpdateThreadAsync(created with { Title = "new", ResourceId = "other" }, Token);

        Assert.NotNull(written);
        var found = await ThreadAsync("t");
        Assert.Equal(("r", "new", 3L, 3L), (found.ResourceId, found.Title, found.LastPosition, found.MessageCount));
        Assert.Equal(found, written);
    }

    [Fact]
    public async Task A_version_never_comes_back_even_when_the_clock_stands_still()
    {
        var thread = await CreateThreadAsync("t", "r");
        HashSet<long> versions = [thread.Version];
        for (var i = 0; i < 5; i++)
        {
            thread = await Store.UpdateThreadAsync(thread with { Title = $"{i}" }, Token) ?? throw new KeyNotFoundException();
            Assert.True(versions.Add(thread.Version), "The version was used before.");
        }
    }

    [Fact]
    public async Task Of_many_updates_of_one_version_one_is_written()
    {
        var created = await CreateThreadAsync("t", "r");

        var written = await AtOnceAsync(caller => Store.UpdateThreadAsync(created with { Title = $"caller {caller}" }, Token));

        Assert.Equal(Assert.Single(written, one => one is not null), await ThreadAsync("t"));
    }

    [Fact]
    public async Task A_deleted_thread_is_gone_with_all_that_was_in_it()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await AppendAsync("u", "r", Drafts.Messages(2));
        var owner = new WorkingMemoryOwner(IsThread: true, "t");
        await Store.PutWorkingMemoryAsync(owner, new(false, "notes", 1, Now), null, Token);

        Assert.True(await Store.DeleteThreadAsync("t", null, Token));

        Assert.Null(await Store.FindThreadAsync("t", Token));
        Assert.Null(await Store.FindMessageAsync("t", "m1", Token));
        Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.Null(await Store.PageAsync(new MessageListing("t", 5, false, null, null), Token));
        Assert.Empty(await Store.ReadAsync(new MessageRead { ResourceId = "r", Ranges = [new("t", 1, 9)] }, Token) ?? []);
        await RefusedAsync(ErrorCode.ThreadNotFound, () => AppendAsync("t", null, Drafts.Messages(1)));
        Assert.Equal(2, (await AllAsync("u")).Count);
        Assert.False(await Store.DeleteThreadAsync("t", null, Token));
    }

    [Fact]
    public async Task A_deleted_threads_id_begins_anew()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await Store.DeleteThreadAsync("t", null, Token);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var result = await AppendAsync("t", "other", Drafts.Message("m1", "other words"));

        Assert.Equal([new("m1", 1, Now, false)], result.Messages);
        Assert.Equal("other", (await ThreadAsync("t")).ResourceId);
        Assert.Null(await Store.FindWorkingMemoryAsync(new(IsThread: true, "t"), Token));
    }

    [Fact]
    public async Task A_thread_is_deleted_only_at_the_version_named()
    {
        var thread = await CreateThreadAsync("t", "r");
        var updated = await Store.UpdateThreadAsync(thread with { Title = "changed" }, Token);
        Assert.NotNull(updated);

        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(thread.Version), Token));
        Assert.NotNull(await Store.FindThreadAsync("t", Token));
        Assert.True(await Store.DeleteThreadAsync("t", new ThreadCondition(updated.Version), Token));
        Assert.Null(await Store.FindThreadAsync("t", Token));
        Assert.False(await Store.DeleteThreadAsync("missing", null, Token));
    }
}
