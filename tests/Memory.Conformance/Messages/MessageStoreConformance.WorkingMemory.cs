using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Working_memory_reads_back_as_it_was_put(bool isThread)
    {
        await CreateThreadAsync("x", "r");
        var owner = new WorkingMemoryOwner(isThread, "x");
        Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));

        var text = new WorkingMemoryDocument(false, "Likes:\r\n\t\"tea\" ☕ \0 \u202e", 7, Now);
        Assert.True(await Store.PutWorkingMemoryAsync(owner, text, 0, Token));
        Assert.Equal(text, await Store.FindWorkingMemoryAsync(owner, Token));

        var json = new WorkingMemoryDocument(true, """{ "likes" : ["tea"], "n": 1.0 }""", 8, Now.AddSeconds(1));
        Assert.True(await Store.PutWorkingMemoryAsync(owner, json, 7, Token));
        Assert.Equal(json, await Store.FindWorkingMemoryAsync(owner, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Working_memory_is_written_only_over_the_version_named(bool isThread)
    {
        await CreateThreadAsync("x", "r");
        var owner = new WorkingMemoryOwner(isThread, "x");
        WorkingMemoryDocument Document(long version) => new(false, $"version {version}", version, Now);

        Assert.False(await Store.PutWorkingMemoryAsync(owner, Document(2), 1, Token)); // nothing there yet
        Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.True(await Store.PutWorkingMemoryAsync(owner, Document(3), 0, Token));
        Assert.False(await Store.PutWorkingMemoryAsync(owner, Document(4), 0, Token)); // something there now
        Assert.False(await Store.PutWorkingMemoryAsync(owner, Document(5), 2, Token));
        Assert.Equal(Document(3), await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.True(await Store.PutWorkingMemoryAsync(owner, Document(6), null, Token));
        Assert.Equal(Document(6), await Store.FindWorkingMemoryAsync(owner, Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Working_memory_is_deleted_only_at_the_version_named(bool isThread)
    {
        await CreateThreadAsync("x", "r");
        var owner = new WorkingMemoryOwner(isThread, "x");
        Assert.False(await Store.DeleteWorkingMemoryAsync(owner, null, Token));
        await Store.PutWorkingMemoryAsync(owner, new(false, "notes", 3, Now), null, Token);

        Assert.False(await Store.DeleteWorkingMemoryAsync(owner, 2, Token));
        Assert.NotNull(await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.True(await Store.DeleteWorkingMemoryAsync(owner, 3, Token));
        Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.False(await Store.DeleteWorkingMemoryAsync(owner, null, Token));
        Assert.True(await Store.PutWorkingMemoryAsync(owner, new(false, "again", 4, Now), 0, Token));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(0L)]
    [InlineData(5L)]
    public async Task Working_memory_of_a_missing_thread_is_refused(long? version)
    {
        var owner = new WorkingMemoryOwner(IsThread: true, "missing");

        await RefusedAsync(ErrorCode.ThreadNotFound, () => Store.PutWorkingMemoryAsync(owner, new(false, "notes", 9, Now), version, Token));

        Assert.Null(await Store.FindWorkingMemoryAsync(owner, Token));
        Assert.Empty(await WalkResourcesAsync(9));
    }

    [Fact]
    public async Task A_thread_and_a_resource_of_one_name_keep_two_documents()
    {
        await CreateThreadAsync("x", "x");
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "x"), new(false, "the thread's", 1, Now), null, Token);
        await Store.PutWorkingMemoryAsync(new(IsThread: false, "x"), new(false, "the resource's", 1, Now), null, Token);

        Assert.Equal("the thread's", (await Store.FindWorkingMemoryAsync(new(IsThread: true, "x"), Token))?.Text);
        await Store.DeleteWorkingMemoryAsync(new(IsThread: true, "x"), null, Token);
        Assert.Equal("the resource's", (await Store.FindWorkingMemoryAsync(new(IsThread: false, "x"), Token))?.Text);
    }

    [Fact]
    public async Task A_large_document_is_kept()
    {
        var owner = new WorkingMemoryOwner(IsThread: false, "r");
        var document = new WorkingMemoryDocument(false, string.Concat(Enumerable.Repeat("notes ", 200_000)), 1, Now);

        await Store.PutWorkingMemoryAsync(owner, document, null, Token);

        Assert.Equal(document, await Store.FindWorkingMemoryAsync(owner, Token));
    }
}
