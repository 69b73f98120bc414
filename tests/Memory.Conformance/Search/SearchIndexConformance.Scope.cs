using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class SearchIndexConformance<TIndex>
{
    [Fact]
    public async Task A_thread_is_searched_alone_and_a_resource_whole()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "pear"));
        await AppendAsync("u", "r", Drafts.Message("m1", "apple tart"));
        await AppendAsync("v", "other", Drafts.Message("m1", "apple"));

        Assert.All(await HitsAsync(SearchScope.Thread("t"), "apple"), hit => Assert.Equal("t", hit.ThreadId));
        Assert.Equal(["t", "u"], (await HitsAsync(SearchScope.ResourceOf("t"), "apple")).Select(hit => hit.ThreadId).Distinct().Order());
        Assert.Equal(await HitsAsync(SearchScope.ResourceOf("t"), "apple"), await HitsAsync(SearchScope.Resource("r"), "apple"));
        Assert.Equal(["v"], (await HitsAsync(SearchScope.Resource("other"), "apple")).Select(hit => hit.ThreadId));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_thread_of_another_resource_is_searched_like_one_that_is_not_there(bool wholeResource)
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "pear"));
        await AppendAsync("u", "r", Drafts.Message("m1", "apple tart"));
        await AppendAsync("v", "other", Drafts.Message("m1", "apple"));
        var window = new RecallWindow(2, 1, 1);
        SearchScope Scope(string thread, string? resource) =>
            wholeResource ? SearchScope.ResourceOf(new ThreadAddress(thread, resource)) : SearchScope.Thread(new ThreadAddress(thread, resource));

        foreach (var (thread, resource) in ((string, string)[])[("t", "other"), ("t", "unknown"), ("t", "R"), ("t", "t"), ("unknown", "r"), ("v", "r")])
        {
            foreach (var query in (SearchQuery[])
            [
                Query(Scope(thread, resource), "apple"), Query(Scope(thread, resource), ""), Query(Scope(thread, resource), "apple") with { CountPending = true },
                Query(Scope(thread, resource), "") with { CountPending = true }, Query(Scope(thread, resource), "nobody said this"),
            ])
            {
                Assert.Null(await Search.SearchAsync(query, Token));
                Assert.Null(await Search.SearchAndReadAsync(query, window, Token));
            }
        }

        var expected = await HitsAsync(Scope("t", null), "apple");
        Assert.Equal(wholeResource ? ["t", "u"] : ["t"], expected.Select(hit => hit.ThreadId).Distinct().Order());
        Assert.Equal(expected, await HitsAsync(Scope("t", "r"), "apple"));
        var read = await Search.SearchAndReadAsync(Query(Scope("t", "r"), "apple"), window, Token);
        Assert.Equal(expected, read?.Found.Hits);
        Assert.Equal("r", read?.Found.ResourceId);
        Assert.Equal(
            (await Search.SearchAndReadAsync(Query(Scope("t", null), "apple"), window, Token))?.Messages.Select(Drafts.Describe), read?.Messages.Select(Drafts.Describe));
        Assert.Equal(
            ["m1", "m2"], (await Search.SearchAndReadAsync(Query(Scope("t", "r"), "nobody said this"), window, Token))?.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task A_thread_made_anew_by_another_resource_is_searched_by_that_one_alone()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"));
        await HitsAsync(SearchScope.Thread(new ThreadAddress("t", "r")), "apple");
        await Store.DeleteThreadAsync("t", null, Token);
        await AppendAsync("t", "other", Drafts.Message("m1", "apple pie"));

        Assert.Null(await SearchAsync(SearchScope.Thread(new ThreadAddress("t", "r")), "apple"));
        Assert.Null(await SearchAsync(SearchScope.ResourceOf(new ThreadAddress("t", "r")), "apple"));
        Assert.Single(await HitsAsync(SearchScope.Thread(new ThreadAddress("t", "other")), "apple"));
        Assert.Single(await HitsAsync(SearchScope.ResourceOf(new ThreadAddress("t", "other")), "apple"));
    }

    [Fact]
    public async Task A_score_in_a_thread_is_the_one_in_its_resource()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "apple pear"));
        await AppendAsync("u", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "plum"));

        var inThread = await HitsAsync(SearchScope.Thread("t"), "apple pear");

        Assert.Equal((await HitsAsync(SearchScope.Resource("r"), "apple pear")).Where(hit => hit.ThreadId == "t"), inThread);
    }

    [Fact]
    public async Task Other_resources_change_nothing_in_a_ranking()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple pear"), Drafts.Message("m2", "pear"), Drafts.Message("m3", "apple apple"));
        var before = await HitsAsync(SearchScope.Resource("r"), "apple pear");

        await AppendAsync("v", "other", Drafts.Messages(50));
        await AppendAsync("w", "other", Drafts.Message("m1", "apple"));

        Assert.Equal(before, await HitsAsync(SearchScope.Resource("r"), "apple pear"));
    }

    [Fact]
    public async Task A_clone_is_searched_in_its_own_resource()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "pear"), Drafts.Message("m3", "plum"));
        await Store.CloneThreadAsync(new ThreadClone("t", "clone", "other", 2, Now), Token);

        Assert.Equal("clone", (await HitsAsync(SearchScope.Resource("other"), "apple", 1)).Single().ThreadId);
        Assert.Empty(await HitsAsync(SearchScope.Thread("clone"), "plum"));
        Assert.DoesNotContain(await HitsAsync(SearchScope.Resource("r"), "apple"), hit => hit.ThreadId == "clone");
        await Store.DeleteThreadAsync("t", null, Token);
        Ranking.AssertSame(Ranking.Of(await AllAsync("clone"), "apple pear"), await HitsAsync(SearchScope.Resource("other"), "apple pear"));
    }

    [Fact]
    public async Task A_clone_within_a_resource_counts_like_any_other_thread()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple", createdAt: Now), Drafts.Message("m2", "pear", createdAt: Now.AddSeconds(1)));
        await HitsAsync(SearchScope.Resource("r"), "apple");
        await Store.CloneThreadAsync(new ThreadClone("t", "clone", null, null, Now), Token);

        Ranking.AssertSame(
            Ranking.Of([.. await AllAsync("t"), .. await AllAsync("clone")], "apple pear"),
            await HitsAsync(SearchScope.Resource("r"), "apple pear"));
    }

    [Fact]
    public async Task Searches_beside_writes_neither_fail_nor_see_other_scopes()
    {
        await CreateThreadAsync("t0", "r0");
        await CreateThreadAsync("t1", "r1");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                for (var number = 0; number < 25; number++)
                {
                    if (caller < 4)
                    {
                        await AppendAsync($"t{caller % 2}", null, Drafts.Message($"c{caller}-{number}", $"apple number{number}"));
                    }
                    else
                    {
                        var hits = await HitsAsync(SearchScope.Resource($"r{caller % 2}"), "apple");
                        Assert.All(hits, hit => Assert.Equal($"t{caller % 2}", hit.ThreadId));
                    }
                }
            },
            Token)));

        Assert.Equal(50, (await HitsAsync(SearchScope.Resource("r0"), "apple")).Count);
        Assert.Equal(50, (await HitsAsync(SearchScope.Thread("t1"), "apple")).Count);
    }
}
