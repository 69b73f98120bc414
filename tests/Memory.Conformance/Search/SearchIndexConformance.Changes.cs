using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class SearchIndexConformance<TIndex>
{
    [Fact]
    public async Task After_an_edit_the_old_words_are_gone_and_the_new_ones_found()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "hello"), Drafts.Message("m2", "apple pie"), Drafts.Message("m3", "goodbye"));
        Assert.NotEmpty(await HitsAsync(SearchScope.Thread("t"), "apple"));

        await EditAsync("t", "m2", "cherry cake");

        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "apple"));
        Assert.Empty(await HitsAsync(SearchScope.Resource("r"), "pie"));
        Assert.Equal(2, (await HitsAsync(SearchScope.Thread("t"), "cherry"))[0].Position);
        Ranking.AssertSame(Ranking.Of(await AllAsync("t"), "hello cherry"), await HitsAsync(SearchScope.Thread("t"), "hello cherry"));
    }

    [Fact]
    public async Task An_edit_of_role_name_or_metadata_shows_in_searches()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple", name: "Ada", metadata: """{"a":0}"""));
        await new EditMessages(Store, Clock).EditAsync("t", "m1", message => message with
        {
            Role = MessageRole.Tool,
            Name = "Bob",
            Metadata = new RawJson("""{"a":1}"""),
        }, Token);

        Assert.Equal(1, await CountAsync(new MessageFilter { Roles = [MessageRole.Tool] }));
        Assert.Equal(0, await CountAsync(new MessageFilter { Roles = [MessageRole.User] }));
        Assert.Equal(1, await CountAsync(new MessageFilter { Metadata = [new("a", [Json("1")], [])] }));
        Assert.Equal(0, await CountAsync(new MessageFilter { Metadata = [new("a", [Json("0")], [])] }));
        Assert.Single(await HitsAsync(SearchScope.Thread("t"), "Bob"));
        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "Ada"));

        async Task<int?> CountAsync(MessageFilter filter) =>
            (await Search.SearchAsync(Query(SearchScope.Thread("t"), "apple") with { Filter = filter }, Token))?.Hits.Count;
    }

    [Fact]
    public async Task A_deleted_message_is_not_found_and_lends_its_neighbours_nothing()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "hello"), Drafts.Message("m2", "apple pie"), Drafts.Message("m3", "goodbye"));
        await AppendAsync("u", "r", Drafts.Message("m1", "hello there"));
        await HitsAsync(SearchScope.Resource("r"), "hello apple");

        await DeleteAsync("t", "m2");

        Assert.Empty(await HitsAsync(SearchScope.Resource("r"), "apple"));
        Ranking.AssertSame(
            Ranking.Of([.. await AllAsync("t"), .. await AllAsync("u")], "hello goodbye"),
            await HitsAsync(SearchScope.Resource("r"), "hello goodbye"));
    }

    [Fact]
    public async Task A_repeated_append_of_a_deleted_message_is_not_found_either()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"));
        await DeleteAsync("t", "m1");
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"));

        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "apple"));
    }

    [Fact]
    public async Task A_refused_append_leaves_nothing_to_find()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "pear"));
        await HitsAsync(SearchScope.Thread("t"), "pear");
        await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("t", "r", Drafts.Message("n", "apple"), Drafts.Message("m1", "apple")));

        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "apple"));
        Ranking.AssertSame(Ranking.Of(await AllAsync("t"), "pear"), await HitsAsync(SearchScope.Thread("t"), "pear"));
    }

    [Fact]
    public async Task A_deleted_thread_is_not_found_and_counts_no_more()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "pear"));
        await AppendAsync("u", "r", Drafts.Message("m1", "apple tart"), Drafts.Message("m2", "plum"));
        await HitsAsync(SearchScope.Resource("r"), "apple");

        await Store.DeleteThreadAsync("t", null, Token);

        Assert.Null(await SearchAsync(SearchScope.Thread("t"), "apple"));
        Ranking.AssertSame(Ranking.Of(await AllAsync("u"), "apple plum"), await HitsAsync(SearchScope.Resource("r"), "apple plum"));
    }

    [Fact]
    public async Task A_thread_made_again_under_its_old_id_is_a_new_one()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "pear"));
        await HitsAsync(SearchScope.Resource("r"), "apple");
        await Store.DeleteThreadAsync("t", null, Token);
        await AppendAsync("t", "other", Drafts.Message("m1", "plum"));

        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "apple pear"));
        Assert.Empty(await HitsAsync(SearchScope.Resource("r"), "apple pear plum"));
        Assert.Single(await HitsAsync(SearchScope.Resource("other"), "plum"));
    }
}
