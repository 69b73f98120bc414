using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Theory]
    [InlineData(ThreadOrder.CreatedAt, false, "a,b,c,d")]
    [InlineData(ThreadOrder.CreatedAt, true, "d,c,b,a")]
    [InlineData(ThreadOrder.UpdatedAt, false, "a,c,d,b")]
    [InlineData(ThreadOrder.UpdatedAt, true, "b,d,c,a")]
    public async Task Threads_are_listed_by_either_time_in_either_direction(ThreadOrder order, bool descending, string expected)
    {
        foreach (var id in (string[])["a", "b", "c", "d"])
        {
            Clock.Advance(TimeSpan.FromSeconds(1));
            await CreateThreadAsync(id, "r");
        }

        Clock.Advance(TimeSpan.FromSeconds(1));
        await AppendAsync("b", null, Drafts.Messages(1));

        foreach (var limit in (int[])[1, 3, 4, 9])
        {
            Assert.Equal(expected, string.Join(',', (await WalkThreadsAsync("r", limit, order, descending)).Select(thread => thread.Id)));
        }
    }

    [Theory]
    [InlineData(ThreadOrder.CreatedAt, false)]
    [InlineData(ThreadOrder.CreatedAt, true)]
    [InlineData(ThreadOrder.UpdatedAt, false)]
    [InlineData(ThreadOrder.UpdatedAt, true)]
    public async Task Threads_of_one_moment_are_each_listed_once_in_one_order(ThreadOrder order, bool descending)
    {
        foreach (var number in (int[])[7, 3, 9, 1, 5])
        {
            await CreateThreadAsync($"t{number}", "r");
        }

        Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var number in (int[])[8, 2, 6])
        {
            await CreateThreadAsync($"t{number}", "r");
        }

        var whole = await WalkThreadsAsync("r", 100, order, descending);
        foreach (var limit in (int[])[1, 2, 3])
        {
            Assert.Equal(whole, await WalkThreadsAsync("r", limit, order, descending));
        }

        string[][] moments = [["t1", "t3", "t5", "t7", "t9"], ["t2", "t6", "t8"]];
        Assert.Equal(8, whole.Count);
        Assert.Equal(descending ? moments[1] : moments[0], whole.Take(descending ? 3 : 5).Select(thread => thread.Id).Order());
        Assert.True(descending || whole.Take(5).Select(thread => thread.Id).SequenceEqual(moments[0]), "Ties go by id.");
    }

    [Fact]
    public async Task A_listing_holds_the_whole_record_and_ends_with_null()
    {
        var thread = await CreateThreadAsync("t", "r", "Title", """{"a": 1}""");
        await CreateThreadAsync("theirs", "other");
        await AppendAsync("t", null, Drafts.Messages(2));

        var page = await ListAsync("r", 1, ThreadOrder.CreatedAt, false, null);

        Assert.Equal([thread with { LastPosition = 2, MessageCount = 2 }], page.Items);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task An_unknown_resource_has_no_threads()
    {
        await CreateThreadAsync("t", "r");

        var page = await ListAsync("unknown", 5, ThreadOrder.UpdatedAt, true, null);

        Assert.Empty(page.Items);
        Assert.Null(page.Next);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Threads_that_come_go_and_change_during_a_walk_by_creation_make_it_neither_skip_nor_repeat(bool descending)
    {
        for (var number = 0; number < 12; number++)
        {
            Clock.Advance(TimeSpan.FromSeconds(number % 3 == 0 ? 1 : 0)); // three of one moment
            await CreateThreadAsync($"t{number:00}", "r");
        }

        List<string> walked = [];
        ThreadCursor? after = null;
        do
        {
            var page = await ListAsync("r", 2, ThreadOrder.CreatedAt, descending, after);
            walked.AddRange(page.Items.Select(thread => thread.Id));
            after = page.Next;
            Clock.Advance(TimeSpan.FromSeconds(1));
            await AppendAsync(walked[^1], null, Drafts.Message($"m{walked.Count}", "changes the thread's time"));
            await AppendAsync("t11", null, Drafts.Message($"m{walked.Count}-", "changes the thread's time"));
            if (walked.Count < 12)
            {
                await CreateThreadAsync($"late{walked.Count:00}", "r");
            }

            if (walked[^1] != "t11")
            {
                await Store.DeleteThreadAsync(walked[^1], null, Token); // the cursor's own thread
            }
        }
        while (after is not null && walked.Count < 40);

        Assert.Equal(walked.Distinct(), walked);
        Assert.Equal(Enumerable.Range(0, 12).Select(number => $"t{number:00}"), walked.Where(id => id[0] == 't').Order());
    }

    private Task<Page<ThreadRecord, ThreadCursor>> ListAsync(string resourceId, int limit, ThreadOrder order, bool descending, ThreadCursor? after) =>
        Store.ListThreadsAsync(new ThreadListing(resourceId, limit, order, descending, after), Token);

    private async Task<List<ThreadRecord>> WalkThreadsAsync(string resourceId, int limit, ThreadOrder order, bool descending)
    {
        List<ThreadRecord> walked = [];
        for (var page = await ListAsync(resourceId, limit, order, descending, null); ; page = await ListAsync(resourceId, limit, order, descending, page.Next))
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
