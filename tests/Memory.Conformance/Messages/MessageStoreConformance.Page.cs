using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 4)]
    [InlineData(false, 10)]
    [InlineData(true, 1)]
    [InlineData(true, 4)]
    [InlineData(true, 11)]
    public async Task Pages_walk_a_thread_from_end_to_end(bool descending, int limit)
    {
        await AppendAsync("t", "r", Drafts.Messages(10));

        var walked = await WalkAsync(limit, descending);

        var positions = Enumerable.Range(1, 10).Select(position => (long)position);
        Assert.Equal(descending ? positions.Reverse() : positions, walked.Select(message => message.Position));
    }

    [Fact]
    public async Task There_is_more_only_while_another_page_follows()
    {
        await AppendAsync("t", "r", Drafts.Messages(4));

        Assert.True((await PageAsync(3, false, null)).HasMore);
        Assert.False((await PageAsync(4, false, null)).HasMore);
        Assert.False((await PageAsync(2, false, 2)).HasMore);
        Assert.False((await PageAsync(2, true, 3)).HasMore);
        Assert.True((await PageAsync(1, true, 3)).HasMore);
    }

    [Fact]
    public async Task A_page_of_a_missing_thread_is_null_and_of_an_empty_one_empty()
    {
        await CreateThreadAsync("t", "r");

        Assert.Null(await Store.PageAsync(new MessageListing("missing", 5, false, null, null), Token));
        Assert.Empty((await PageAsync(5, false, null)).Items);
        Assert.False((await PageAsync(5, true, null)).HasMore);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Pages_keep_to_roles_and_times_both_ends_included(bool descending)
    {
        await AppendAsync("t", "r", [.. Enumerable.Range(1, 30).Select(number => Drafts.Message(
            $"m{number}", "words", number % 3 == 0 ? MessageRole.Assistant : number % 3 == 1 ? MessageRole.User : MessageRole.Tool, createdAt: Now.AddSeconds(number)))]);
        var filter = new MessageFilter { Roles = [MessageRole.Assistant, MessageRole.Tool], From = Now.AddSeconds(6), To = Now.AddSeconds(24) };

        var walked = await WalkAsync(4, descending, filter);

        var expected = Enumerable.Range(6, 19).Where(number => number % 3 != 1).Select(number => (long)number);
        Assert.Equal(descending ? expected.Reverse() : expected, walked.Select(message => message.Position));
    }

    [Fact]
    public async Task A_filter_that_matches_nothing_gives_an_empty_last_page()
    {
        await AppendAsync("t", "r", Drafts.Messages(30));

        var page = await PageAsync(5, false, null, new MessageFilter { Roles = [MessageRole.System] });

        Assert.Empty(page.Items);
        Assert.False(page.HasMore);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Messages_that_come_and_go_during_a_walk_make_it_neither_skip_nor_repeat(bool descending)
    {
        await AppendAsync("t", "r", Drafts.Messages(10));
        List<long> walked = [];
        for (long? after = null; ;)
        {
            var page = await PageAsync(3, descending, after);
            walked.AddRange(page.Items.Select(message => message.Position));
            if (!page.HasMore || walked.Count > 15)
            {
                break;
            }

            after = page.Items[^1].Position;
            await AppendAsync("t", "r", Drafts.Message($"late{walked.Count}", "words"));
            await Store.DeleteMessageAsync("t", page.Items[^1].Id, Now, Token); // the cursor's own message
        }

        Assert.Equal(walked.Distinct(), walked);
        Assert.Equal(Enumerable.Range(1, 10).Select(position => (long)position), walked.Where(position => position <= 10).Order());
    }

    private async Task<MessagePage> PageAsync(int limit, bool descending, long? after, MessageFilter? filter = null) =>
        await Store.PageAsync(new MessageListing("t", limit, descending, after, filter), Token) ?? throw new KeyNotFoundException();

    private async Task<List<Message>> WalkAsync(int limit, bool descending, MessageFilter? filter = null)
    {
        List<Message> walked = [];
        for (long? after = null; ; after = walked[^1].Position)
        {
            var page = await PageAsync(limit, descending, after, filter);
            Assert.True(page.Items.Count == limit || !page.HasMore, "A page is full unless it is the last.");
            walked.AddRange(page.Items);
            if (!page.HasMore)
            {
                return walked;
            }
        }
    }
}
