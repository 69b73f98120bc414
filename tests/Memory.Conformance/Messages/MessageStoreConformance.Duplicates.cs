using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task The_same_append_again_is_a_duplicate_and_writes_nothing()
    {
        var first = await AppendAsync("t", "r", Drafts.Messages(3));
        var (contents, thread) = (await ContentsAsync("t"), await ThreadAsync("t"));
        Clock.Advance(TimeSpan.FromMinutes(5));

        var again = await AppendAsync("t", "r", Drafts.Messages(3));

        Assert.Equal(first.Messages.Select(message => message with { Duplicate = true }), again.Messages);
        Assert.Equal(contents, await ContentsAsync("t"));
        Assert.Equal(thread, await ThreadAsync("t"));
    }

    [Fact]
    public async Task White_space_and_the_order_of_members_make_no_difference()
    {
        await AppendAsync("t", "r", Drafts.Raw("m1", """[{"type":"text","text":"hi"}]""", metadata: """{"a":1,"b":2}"""));

        var again = await AppendAsync("t", "r", Drafts.Raw("m1", """[ { "text" : "\u0068i", "type" : "text" } ]""", metadata: """{ "b": 2, "a": 1 }"""));

        Assert.True(again.Messages.Single().Duplicate);
        Assert.Equal("""[{"type":"text","text":"hi"}]""", (await AllAsync("t")).Single().Content.Json.Text);
    }

    [Fact]
    public async Task A_repeated_append_is_not_held_against_an_expected_position_that_has_moved_on()
    {
        var batch = Batch("t", "r", Drafts.Messages(2)) with { ExpectedPosition = 0 };
        await Store.AppendAsync(batch, Token);
        await AppendAsync("t", "r", Drafts.Messages(2, "n"));

        var again = await Store.AppendAsync(batch, Token);

        Assert.Equal([(1, true), (2, true)], again.Messages.Select(message => (message.Position, message.Duplicate)));
        Assert.Equal(4, (await ThreadAsync("t")).LastPosition);
    }

    [Fact]
    public async Task New_messages_beside_repeated_ones_are_held_to_the_expected_position()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        await RefusedAsync(ErrorCode.PositionMismatch,
            () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(3)) with { ExpectedPosition = 0 }, Token));

        Assert.Equal(2, (await ThreadAsync("t")).LastPosition);
    }

    [Fact]
    public async Task Only_what_is_new_in_an_append_gets_a_position()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        var mixed = await AppendAsync("t", "r",
            [Drafts.Message("n1", "new"), .. Drafts.Messages(2), Drafts.Message("n2", "newer")]);

        Assert.Equal(
            [("n1", 3, false), ("m1", 1, true), ("m2", 2, true), ("n2", 4, false)],
            mixed.Messages.Select(message => (message.Id, message.Position, message.Duplicate)));
        Assert.Equal(["m1", "m2", "n1", "n2"], (await AllAsync("t")).Select(message => message.Id));
    }

    [Fact]
    public async Task The_same_message_twice_in_one_append_is_stored_once()
    {
        var result = await AppendAsync("t", "r", Drafts.Message("a", "same"), Drafts.Message("a", "same"), Drafts.Message("b", "next"));

        Assert.Equal([("a", 1, false), ("a", 1, true), ("b", 2, false)], result.Messages.Select(message => (message.Id, message.Position, message.Duplicate)));
        Assert.Equal(["a", "b"], (await AllAsync("t")).Select(message => message.Id));
        Assert.Equal((2, 2), ((await ThreadAsync("t")).LastPosition, (await ThreadAsync("t")).MessageCount));
    }

    [Fact]
    public async Task One_id_for_two_messages_of_an_append_is_a_conflict()
    {
        var refused = await RefusedAsync(ErrorCode.MessageConflict,
            () => AppendAsync("t", "r", Drafts.Message("x", "before"), Drafts.Message("a", "this"), Drafts.Message("a", "that")));

        Assert.Equal(["a"], refused.MessageIds);
        Assert.Null(await Store.FindThreadAsync("t", Token));
    }

    [Fact]
    public async Task An_id_taken_by_another_message_is_a_conflict_that_names_it_and_writes_nothing()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        var (contents, thread) = (await ContentsAsync("t"), await ThreadAsync("t"));

        var refused = await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("t", "r",
            Drafts.Message("n1", "new"), Drafts.Message("m2", "other words"), Drafts.Message("n2", "new"), Drafts.Message("m3", "others again"), Drafts.Message("m1", "text of m1")));

        Assert.Equal(["m2", "m3"], refused.MessageIds.Order());
        Assert.Equal(contents, await ContentsAsync("t"));
        Assert.Equal(thread, await ThreadAsync("t"));
        Assert.Null(await Store.FindMessageAsync("t", "n1", Token));
    }

    [Fact]
    public async Task A_difference_in_role_name_metadata_or_case_is_a_conflict()
    {
        await AppendAsync("t", "r", Drafts.Message("m", "words", MessageRole.User, "Ada", metadata: """{"a":1}"""));

        MessageInput[] others =
        [
            Drafts.Message("m", "words", MessageRole.Assistant, "Ada", metadata: """{"a":1}"""),
            Drafts.Message("m", "words", MessageRole.User, "Bob", metadata: """{"a":1}"""),
            Drafts.Message("m", "words", MessageRole.User, null, metadata: """{"a":1}"""),
            Drafts.Message("m", "words", MessageRole.User, "Ada", metadata: """{"a":2}"""),
            Drafts.Message("m", "words", MessageRole.User, "Ada"),
            Drafts.Message("m", "Words", MessageRole.User, "Ada", metadata: """{"a":1}"""),
        ];
        foreach (var other in others)
        {
            await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("t", "r", other));
        }
    }

    [Fact]
    public async Task A_repeated_append_after_an_edit_is_still_a_duplicate_and_does_not_undo_it()
    {
        await AppendAsync("t", "r", Drafts.Message("m", "first words"));
        await EditAsync("t", "m", "better words");

        var again = await AppendAsync("t", "r", Drafts.Message("m", "first words"));

        Assert.True(again.Messages.Single().Duplicate);
        Assert.Equal("better words", (await AllAsync("t")).Single().Content.Text);
    }

    [Fact]
    public async Task A_repeated_append_after_a_deletion_is_a_duplicate_and_does_not_bring_it_back()
    {
        var first = await AppendAsync("t", "r", Drafts.Messages(2));
        await DeleteAsync("t", "m1");
        Clock.Advance(TimeSpan.FromMinutes(5));

        var again = await AppendAsync("t", "r", Drafts.Messages(2));

        Assert.Equal(first.Messages.Select(message => message with { Duplicate = true }), again.Messages);
        Assert.Equal(["m2"], (await AllAsync("t")).Select(message => message.Id));
        Assert.Equal(1, (await ThreadAsync("t")).MessageCount);
    }

    [Fact]
    public async Task A_deleted_messages_id_stays_taken()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        await DeleteAsync("t", "m1");

        var refused = await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("t", "r", Drafts.Message("m1", "other words")));

        Assert.Equal(["m1"], refused.MessageIds);
        Assert.Empty(await AllAsync("t"));
    }
}
