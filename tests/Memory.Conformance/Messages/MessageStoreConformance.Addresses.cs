using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    private static readonly ThreadAddress Theirs = new("t", "other");
    private static readonly ThreadAddress Missing = new("missing", "other");

    [Fact]
    public async Task Messages_of_another_resources_thread_are_read_like_those_of_a_missing_one()
    {
        await FillAsync();
        await AppendAsync("u", "other", Drafts.Messages(2));

        foreach (var thread in (ThreadAddress[])[Theirs, Missing])
        {
            Assert.Null(await Store.ReadAsync(new MessageRead { ThreadId = thread.Id, Last = 2, ResourceId = thread.ResourceId }, Token));
            Assert.Null(await Store.ReadAsync(new MessageRead { ThreadId = thread.Id, Last = 0, ResourceId = thread.ResourceId }, Token));
            Assert.Null(await Store.ReadAsync(new MessageRead { ThreadId = thread.Id, Last = 2, ResourceId = thread.ResourceId, Ranges = [new("u", 1, 2), new("t", 1, 2)] }, Token));
            Assert.Empty(await Store.ReadAsync(new MessageRead { ResourceId = thread.ResourceId, Ranges = [new(thread.Id, 1, 9)] }, Token) ?? throw new KeyNotFoundException());
            Assert.Null(await Store.PageAsync(new MessageListing(thread, 5, Descending: false, null, null), Token));
            Assert.Null(await Store.PageAsync(new MessageListing(thread, 5, Descending: true, 3, new MessageFilter { Roles = [MessageRole.User] }), Token));
            Assert.Null(await Store.FindMessageAsync(thread, "m1", Token));
        }
    }

    [Fact]
    public async Task Messages_of_another_resources_thread_are_neither_edited_nor_deleted()
    {
        var before = await FillAsync();

        foreach (var thread in (ThreadAddress[])[Theirs, Missing])
        {
            Assert.False(await ReplaceInAsync(thread, "theirs"));
            Assert.False(await Store.DeleteMessageAsync(thread, "m1", Now, Token));
        }

        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Another_resources_thread_is_not_deleted()
    {
        var before = await FillAsync();
        var stored = await ThreadAsync("t");

        foreach (var condition in (ThreadCondition?[])[null, new(), new(stored.Version), new(UpdatedAt: stored.UpdatedAt), new(stored.Version, stored.UpdatedAt)])
        {
            Assert.False(await Store.DeleteThreadAsync(Theirs, condition, Token));
            Assert.False(await Store.DeleteThreadAsync(Missing, condition, Token));
        }

        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Another_resources_thread_is_not_cloned_and_nothing_is_made_for_it()
    {
        var before = await FillAsync();

        foreach (var source in (ThreadAddress[])[Theirs, Missing])
        {
            Assert.Null(await Store.CloneThreadAsync(new ThreadClone(source, "copy", null, null, Now), Token));
            Assert.Null(await Store.CloneThreadAsync(new ThreadClone(source, "copy", "thief", null, Now), Token));
            Assert.Null(await Store.CloneThreadAsync(new ThreadClone(source, "t", "thief", null, Now), Token)); // not that the id is taken either
        }

        Assert.Null(await Store.FindThreadAsync("copy", Token));
        Assert.Equal(["r"], (await WalkResourcesAsync(9)).Select(resource => resource.Id));
        Assert.Equal(before, await StateAsync());
    }

    [Fact]
    public async Task Working_memory_of_another_resources_thread_is_like_that_of_a_missing_one()
    {
        var before = await FillAsync();
        var document = new WorkingMemoryDocument(false, "theirs", 9, Now);

        foreach (var owner in (WorkingMemoryOwner[])[new(IsThread: true, "t") { ResourceId = "other" }, new(IsThread: true, "missing") { ResourceId = "other" }])
        {
            Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));
            foreach (var version in (long?[])[null, 0, 7])
            {
                await RefusedAsync(ErrorCode.ThreadNotFound, () => Store.PutWorkingMemoryAsync(owner, document, version, Token));
                Assert.False(await Store.DeleteWorkingMemoryAsync(owner, version, Token));
            }
        }

        Assert.Equal(before, await StateAsync());
        Assert.Equal(["r"], (await WalkResourcesAsync(9)).Select(resource => resource.Id));
    }

    [Theory]
    [InlineData("r")]
    [InlineData(null)]
    public async Task Whoever_names_the_resource_of_a_thread_or_none_reaches_it(string? resourceId)
    {
        await FillAsync();
        var thread = new ThreadAddress("t", resourceId);
        var owner = new WorkingMemoryOwner(IsThread: true, "t") { ResourceId = resourceId };

        Assert.Equal(["m2", "m3"], (await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 2, ResourceId = resourceId }, Token) ?? []).Select(message => message.Id));
        Assert.Equal(3, (await Store.PageAsync(new MessageListing(thread, 5, Descending: true, null, null), Token))?.Items.Count);
        Assert.Equal("m1", (await Store.FindMessageAsync(thread, "m1", Token))?.Message.Id);
        Assert.True(await ReplaceInAsync(thread, "edited"));
        Assert.True(await Store.DeleteMessageAsync(thread, "m2", Now, Token));
        Assert.Equal(["edited", "text of m3"], (await AllAsync("t")).Select(message => message.Content.Text));
        Assert.Equal("notes", (await Store.FindWorkingMemoryAsync(owner, Token))?.Text);
        Assert.True(await Store.PutWorkingMemoryAsync(owner, new(false, "more", 8, Now), 7, Token));
        Assert.Equal(2, (await Store.CloneThreadAsync(new ThreadClone(thread, "copy", "other", null, Now), Token))?.MessageCount);
        Assert.True(await Store.DeleteWorkingMemoryAsync(owner, 8, Token));
        Assert.True(await Store.DeleteThreadAsync(thread, null, Token));
        Assert.Null(await Store.FindThreadAsync("t", Token));
        Assert.Equal(2, (await AllAsync("copy")).Count);
    }

    [Fact]
    public async Task A_thread_made_anew_by_another_resource_is_that_ones_alone()
    {
        await FillAsync();
        await ReadEverythingAsync(new ThreadAddress("t", "r"), isThere: true); // so that whoever remembers whose it is does
        Assert.True(await Store.DeleteThreadAsync(new ThreadAddress("t", "r"), null, Token));
        Clock.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync("t", "other", Drafts.Messages(3));
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "t"), new(false, "notes", 7, Now), null, Token);
        var before = await StateAsync();
        ThreadAddress old = new("t", "r");

        await ReadEverythingAsync(old, isThere: false);
        Assert.False(await ReplaceInAsync(old, "not mine"));
        Assert.False(await Store.DeleteMessageAsync(old, "m1", Now, Token));
        Assert.False(await Store.DeleteThreadAsync(old, null, Token));
        Assert.Null(await Store.CloneThreadAsync(new ThreadClone(old, "copy", null, null, Now), Token));
        await RefusedAsync(ErrorCode.ThreadNotFound, () => Store.PutWorkingMemoryAsync(new(IsThread: true, "t") { ResourceId = "r" }, new(false, "mine", 8, Now), null, Token));
        Assert.False(await Store.DeleteWorkingMemoryAsync(new(IsThread: true, "t") { ResourceId = "r" }, null, Token));
        Assert.Equal(before, await StateAsync());

        await ReadEverythingAsync(Theirs, isThere: true);
        Assert.True(await ReplaceInAsync(Theirs, "edited"));
        Assert.True(await Store.DeleteMessageAsync(Theirs, "m2", Now, Token));
        Assert.NotNull(await Store.CloneThreadAsync(new ThreadClone(Theirs, "copy", null, null, Now), Token));
        Assert.True(await Store.DeleteThreadAsync(Theirs, null, Token));
    }

    [Fact]
    public async Task Resources_that_look_alike_are_told_apart_in_an_address()
    {
        string[] ids = ["a", "A", "a ", "á", "a\u0301", "a%", "a_", "a/b", "a*", "*", "%", "_", "'", "ß", "ss", "😀"];
        foreach (var id in ids)
        {
            await AppendAsync($"thread of {id}", id, Drafts.Messages(1));
        }

        foreach (var owner in ids)
        {
            foreach (var asked in ids)
            {
                Assert.Equal(owner == asked, await Store.FindMessageAsync(new ThreadAddress($"thread of {owner}", asked), "m1", Token) is not null);
                Assert.Equal(owner == asked, await Store.ReadAsync(new MessageRead { ThreadId = $"thread of {owner}", Last = 1, ResourceId = asked }, Token) is not null);
            }
        }
    }

    private async Task<string> FillAsync()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "t"), new(false, "notes", 7, Now), null, Token);
        return await StateAsync();
    }

    // All there is to know of the thread 't'.
    private async Task<string> StateAsync()
    {
        var found = await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Thread("t"), Terms = ["text"], TopK = 9 }, Token);
        return string.Join('\n', [
            $"{await ThreadAsync("t")}", .. await ContentsAsync("t"), $"{await Store.FindWorkingMemoryAsync(new(IsThread: true, "t"), Token)}", .. (found?.Hits ?? []).Select(hit => $"{hit}")]);
    }

    private async Task<bool> ReplaceInAsync(ThreadAddress thread, string text)
    {
        var stored = await Store.FindMessageAsync("t", "m1", Token) ?? throw new KeyNotFoundException();
        var edited = stored.Message with { ThreadId = thread.Id, Content = MessageContent.FromText(text) };
        var terms = LexicalEncoder.EncodeMessage(null, text, edited.CreatedAt).ToBytes();
        return await Store.ReplaceMessageAsync(
            new MessageEdit(edited, terms, stored.Revision, stored.Fingerprint, Now, IsSameText: false, EmbeddingDueAt: null) { ResourceId = thread.ResourceId }, Token);
    }

    private async Task ReadEverythingAsync(ThreadAddress thread, bool isThere)
    {
        Assert.Equal(isThere, await Store.FindMessageAsync(thread, "m1", Token) is not null);
        Assert.Equal(isThere, await Store.PageAsync(new MessageListing(thread, 5, Descending: false, null, null), Token) is not null);
        Assert.Equal(isThere, await Store.ReadAsync(new MessageRead { ThreadId = thread.Id, Last = 3, ResourceId = thread.ResourceId }, Token) is not null);
        Assert.Equal(isThere, await Store.FindWorkingMemoryAsync(new(IsThread: true, thread.Id) { ResourceId = thread.ResourceId }, Token) is not null);
        Assert.Equal(isThere, await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Thread(thread), Terms = ["text"], TopK = 9 }, Token) is not null);
    }
}
