using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task Messages_get_positions_1_2_3_in_the_order_of_the_request()
    {
        var result = await AppendAsync("t", "r", Drafts.Messages(3));

        Assert.Equal("t", result.ThreadId);
        Assert.Equal(
            [new("m1", 1, Now, false), new("m2", 2, Now, false), new("m3", 3, Now, false)],
            result.Messages);
    }

    [Fact]
    public async Task A_later_append_carries_on_where_the_last_one_ended()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        var result = await AppendAsync("t", null, Drafts.Messages(2, "n"));

        Assert.Equal([4, 5], result.Messages.Select(message => message.Position));
        Assert.Equal([1, 2, 3, 4, 5], (await AllAsync("t")).Select(message => message.Position));
    }

    [Fact]
    public async Task A_message_reads_back_as_it_was_appended()
    {
        var createdAt = new DateTimeOffset(1969, 12, 31, 23, 59, 59, TimeSpan.Zero).AddTicks(1_234_560);
        await AppendAsync("t", "r", Drafts.Raw(
            "m1", """[ {"type":"text", "text":"caf\u00e9"}, {"type":"image","url":"x"} ]""", MessageRole.Tool, "Ada Lovelace", createdAt, """{"b": 1.0, "a":[ ]}"""));

        var stored = await Store.FindMessageAsync("t", "m1", Token);

        Assert.NotNull(stored);
        Assert.Equal(1, stored.Revision);
        Assert.Equal(
            $$"""t|1|m1|Tool|Ada Lovelace|[ {"type":"text", "text":"caf\u00e9"}, {"type":"image","url":"x"} ]|{{createdAt:O}}|{"b": 1.0, "a":[ ]}""",
            Drafts.Describe(stored.Message));
    }

    [Fact]
    public async Task A_thousand_messages_are_one_append()
    {
        var result = await AppendAsync("t", "r", Drafts.Messages(AppendBatch.MaxMessages));

        Assert.Equal(Enumerable.Range(1, AppendBatch.MaxMessages).Select(position => (long)position), result.Messages.Select(message => message.Position));
        Assert.Equal(AppendBatch.MaxMessages, (await ThreadAsync("t")).MessageCount);
    }

    [Fact]
    public async Task A_message_of_four_mebibytes_is_kept()
    {
        var text = string.Concat(Enumerable.Repeat("four megabytes of talk ", AppendBatch.MaxBytes / 23));
        await AppendAsync("t", "r", Drafts.Message("m1", text));

        Assert.Equal(text, (await AllAsync("t"))[0].Content.Text);
    }

    [Fact]
    public async Task Text_that_is_empty_is_kept_too()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", ""), Drafts.Raw("m2", "[]"));

        Assert.Equal(["\"\"", "[]"], (await AllAsync("t")).Select(message => message.Content.Json.Text));
    }

    [Fact]
    public async Task The_same_message_id_may_be_used_in_two_threads()
    {
        await AppendAsync("t1", "r", Drafts.Message("m", "one"));
        await AppendAsync("t2", "r", Drafts.Message("m", "two"));

        Assert.Equal("one", (await AllAsync("t1")).Single().Content.Text);
        Assert.Equal("two", (await AllAsync("t2")).Single().Content.Text);
    }

    [Fact]
    public async Task A_missing_thread_is_created_when_the_append_names_its_resource()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        var thread = await ThreadAsync("t");
        Assert.Equal(("r", Now, Now, 2L, 2L), (thread.ResourceId, thread.CreatedAt, thread.UpdatedAt, thread.LastPosition, thread.MessageCount));
        Assert.Null(thread.Title);
        Assert.Null(thread.Metadata);
        Assert.Equal(["r"], (await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items.Select(resource => resource.Id));
    }

    [Fact]
    public async Task A_missing_thread_without_a_resource_is_refused()
    {
        await RefusedAsync(ErrorCode.ThreadNotFound, () => AppendAsync("t", null, Drafts.Messages(1)));

        Assert.Null(await Store.FindThreadAsync("t", Token));
    }

    [Fact]
    public async Task A_thread_of_another_resource_is_as_good_as_missing()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        var before = await ThreadAsync("t");

        await RefusedAsync(ErrorCode.ThreadNotFound, () => AppendAsync("t", "other", Drafts.Messages(1, "n")));
        await RefusedAsync(ErrorCode.ThreadNotFound, () => AppendAsync("t", "other", Drafts.Messages(1)));

        Assert.Equal(before, await ThreadAsync("t"));
        Assert.DoesNotContain((await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items, resource => resource.Id == "other");
    }

    [Fact]
    public async Task An_append_changes_the_threads_time_and_count_but_not_its_version()
    {
        var created = await CreateThreadAsync("t", "r", "Title");
        Clock.Advance(TimeSpan.FromMinutes(1));
        await AppendAsync("t", "r", Drafts.Messages(2));

        Assert.Equal(created with { UpdatedAt = Now, LastPosition = 2, MessageCount = 2 }, await ThreadAsync("t"));
    }

    [Fact]
    public async Task The_expected_position_lets_an_append_through_while_it_holds()
    {
        await Store.AppendAsync(Batch("t", "r", Drafts.Messages(2)) with { ExpectedPosition = 0 }, Token);
        await Store.AppendAsync(Batch("t", "r", Drafts.Messages(1, "n")) with { ExpectedPosition = 2 }, Token);

        Assert.Equal(3, (await ThreadAsync("t")).LastPosition);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Another_expected_position_is_refused_with_the_real_one(long expected)
    {
        await AppendAsync("t", "r", Drafts.Messages(2));
        var before = await ContentsAsync("t");

        var refused = await RefusedAsync(ErrorCode.PositionMismatch,
            () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(1, "n")) with { ExpectedPosition = expected }, Token));

        Assert.Equal(2, refused.LastPosition);
        Assert.Equal(before, await ContentsAsync("t"));
    }

    [Fact]
    public async Task An_expected_position_in_a_missing_thread_creates_nothing()
    {
        var refused = await RefusedAsync(ErrorCode.PositionMismatch,
            () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(1)) with { ExpectedPosition = 1 }, Token));

        Assert.Equal(0, refused.LastPosition);
        Assert.Null(await Store.FindThreadAsync("t", Token));
    }
}
