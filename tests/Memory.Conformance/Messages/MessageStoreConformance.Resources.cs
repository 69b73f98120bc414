using System.Text;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task Resources_are_listed_by_id_page_by_page()
    {
        foreach (var id in (string[])["delta", "alpha", "echo", "bravo", "charlie"])
        {
            await CreateThreadAsync($"thread of {id}", id);
        }

        foreach (var limit in (int[])[1, 2, 5, 9])
        {
            Assert.Equal(["alpha", "bravo", "charlie", "delta", "echo"], (await WalkResourcesAsync(limit)).Select(resource => resource.Id));
        }
    }

    [Fact]
    public async Task Resources_are_listed_by_what_their_ids_begin_with()
    {
        string[] ids =
        [
            "a", "A", "a%", "a%b", "a_", "ab", "abc", "a/", "a/b", "a/b/c", "a0", "a*", "a?", "a[b]", "a'", "a\\", "á", "a\u0301", "b", "%", "_", "*", "'", "acme", "acme/", "acme/1", "acme0", "ﬁ",
            "ﬁx", "\ud7ff", "\ud7ffx", "\ue000", "😀", "😀😀", "\U0010ffff", "\U0010ffffx", "\U0010ffff\U0010ffff", "a\U0010ffff", "a\U0010ffffx", new string('x', 256),
        ];
        foreach (var id in ids)
        {
            await Archive.PutResourceAsync(new ResourceRecord(id, Now), Token);
        }

        foreach (var prefix in ids.Append("none"))
        {
            var expected = ids.Where(id => id.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(id => Convert.ToHexString(Encoding.UTF8.GetBytes(id)), StringComparer.Ordinal);
            Assert.Equal(expected, (await WalkResourcesAsync(2, prefix)).Select(resource => resource.Id));
        }
    }

    [Theory]
    [InlineData("", "m/1,m/2,m/3")]
    [InlineData("a", "m/1,m/2,m/3")]
    [InlineData("m/2", "m/3")]
    [InlineData("m/2a", "m/3")]
    [InlineData("m/3", "")]
    [InlineData("z", "")]
    public async Task A_listing_by_beginning_goes_on_behind_any_id(string after, string expected)
    {
        foreach (var id in (string[])["a", "m", "m/1", "m/2", "m/3", "m0", "z"])
        {
            await CreateThreadAsync($"thread of {id}", id);
        }

        var page = await Store.ListResourcesAsync(new ResourceListing(9, after, "m/"), Token);

        Assert.Equal(expected, string.Join(',', page.Items.Select(resource => resource.Id)));
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task A_resource_is_first_seen_by_whatever_names_it_first()
    {
        var start = Now;
        await CreateThreadAsync("t", "by thread");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync("u", "by append", Drafts.Messages(1));
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Store.PutWorkingMemoryAsync(new(IsThread: false, "by working memory"), new(false, "notes", 1, Now), null, Token);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await CreateThreadAsync("v", "by append");

        Assert.Equal(
            [new("by append", start.AddSeconds(1)), new("by thread", start), new("by working memory", start.AddSeconds(2))],
            (await WalkResourcesAsync(9)));
    }

    [Fact]
    public async Task An_erasure_counts_what_it_removed_and_leaves_nothing()
    {
        await AppendAsync("t1", "r", Drafts.Messages(3));
        await AppendAsync("t2", "r", Drafts.Messages(4));
        await Store.PutWorkingMemoryAsync(new(IsThread: false, "r"), new(false, "notes", 1, Now), null, Token);
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "t1"), new(false, "notes", 1, Now), null, Token);
        await Operations.AcceptAsync(Drafts.Operation("o1", Now, "t1", "r"), Token);
        await Operations.AcceptAsync(Drafts.Operation("o2", Now, "not yet there", "r"), Token);

        var counts = await Store.EraseResourceAsync("r", Now, Token);

        Assert.Equal(new ErasedCounts(Threads: 2, Messages: 7, WorkingMemories: 2, Operations: 2, Leftovers: 0), counts);
        Assert.Empty(await WalkResourcesAsync(9));
        Assert.Empty(await WalkThreadsAsync("r", 9, ThreadOrder.CreatedAt, false));
        Assert.Null(await Store.FindThreadAsync("t1", Token));
        Assert.Null(await Store.FindMessageAsync("t2", "m1", Token));
        Assert.Null(await Store.FindWorkingMemoryAsync(new(IsThread: false, "r"), Token));
        Assert.Null(await Store.FindWorkingMemoryAsync(new(IsThread: true, "t1"), Token));
        Assert.Null(await Operations.FindAsync("o1", Token));
        Assert.Empty(await Operations.ClaimAsync(9, TimeSpan.FromMinutes(1), Now, Token));
        Assert.Empty((await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = ["text"], TopK = 9 }, Token))?.Hits ?? []);
        Assert.Null(await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Thread("t1"), Terms = ["text"], TopK = 9 }, Token));
    }

    [Fact]
    public async Task An_erasure_takes_operations_on_the_resources_threads_that_name_no_resource()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        await Operations.AcceptAsync(Drafts.Operation("o", Now, "t", resourceId: null), Token);

        var counts = await Store.EraseResourceAsync("r", Now, Token);

        Assert.Equal(1, counts.Operations);
        Assert.Null(await Operations.FindAsync("o", Token));
    }

    [Fact]
    public async Task An_erasure_leaves_other_resources_alone()
    {
        await AppendAsync("mine", "r", Drafts.Messages(3));
        await AppendAsync("theirs", "other", Drafts.Messages(3));
        await Store.PutWorkingMemoryAsync(new(IsThread: false, "other"), new(false, "notes", 1, Now), null, Token);
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "theirs"), new(false, "notes", 1, Now), null, Token);
        await Operations.AcceptAsync(Drafts.Operation("o", Now, "theirs", "other"), Token);
        var (contents, thread) = (await ContentsAsync("theirs"), await ThreadAsync("theirs"));

        await Store.EraseResourceAsync("r", Now, Token);

        Assert.Equal(contents, await ContentsAsync("theirs"));
        Assert.Equal(thread, await ThreadAsync("theirs"));
        Assert.Equal(["other"], (await WalkResourcesAsync(9)).Select(resource => resource.Id));
        Assert.NotNull(await Store.FindWorkingMemoryAsync(new(IsThread: false, "other"), Token));
        Assert.NotNull(await Store.FindWorkingMemoryAsync(new(IsThread: true, "theirs"), Token));
        Assert.NotNull(await Operations.FindAsync("o", Token));
        var found = await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("other"), Terms = ["text"], TopK = 9 }, Token);
        Assert.Equal(3, found?.Hits.Count);
    }

    [Fact]
    public async Task An_erased_resource_can_begin_again()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await Store.EraseResourceAsync("r", Now, Token);
        Clock.Advance(TimeSpan.FromSeconds(1));

        var result = await AppendAsync("t", "r", Drafts.Message("m1", "other words"));

        Assert.Equal([new("m1", 1, Now, false)], result.Messages);
        Assert.Equal([new("r", Now)], await WalkResourcesAsync(9));
        var found = await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = ["other", "text"], TopK = 9 }, Token);
        Assert.Equal([1], (found?.Hits ?? []).Select(hit => hit.Position));
    }

    [Fact]
    public async Task Erasing_an_unknown_resource_removes_nothing()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));

        Assert.Equal(new ErasedCounts(0, 0, 0, 0, 0), await Store.EraseResourceAsync("unknown", Now, Token));
    }

    [Fact]
    public async Task An_erasure_has_no_largest_size()
    {
        for (var thread = 0; thread < 3; thread++)
        {
            await AppendAsync($"t{thread}", "r", Drafts.Messages(900));
        }

        Assert.Equal(new ErasedCounts(3, 2_700, 0, 0, 0), await Store.EraseResourceAsync("r", Now, Token));
    }

    private async Task<List<ResourceRecord>> WalkResourcesAsync(int limit, string? prefix = null)
    {
        List<ResourceRecord> walked = [];
        for (var page = await Store.ListResourcesAsync(new ResourceListing(limit, null, prefix), Token); ; page = await Store.ListResourcesAsync(new ResourceListing(limit, page.Next, prefix), Token))
        {
            Assert.True(page.Items.Count == limit || page.Next is null, "A page is full unless it is the last.");
            walked.AddRange(page.Items);
            if (page.Next is null)
            {
                return walked;
            }
        }
    }
}
