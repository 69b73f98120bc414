using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task An_edit_replaces_what_is_said_and_by_whom()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        var stored = await Store.FindMessageAsync("t", "m2", Token);
        Assert.NotNull(stored);
        var edited = stored.Message with
        {
            Role = MessageRole.Assistant,
            Name = "Editor",
            Content = MessageContent.FromText("better"),
            Metadata = new RawJson("""{ "edited": true }"""),
        };
        Clock.Advance(TimeSpan.FromMinutes(1));

        Assert.True(await ReplaceAsync(edited, stored.Revision));

        var found = await Store.FindMessageAsync("t", "m2", Token);
        Assert.NotNull(found);
        Assert.Equal(Drafts.Describe(edited), Drafts.Describe(found.Message));
        Assert.Equal(2, found.Revision);
        Assert.Equal(["m1", "m2", "m3"], (await AllAsync("t")).Select(message => message.Id));
        Assert.Equal(Now, (await ThreadAsync("t")).UpdatedAt);
    }

    [Fact]
    public async Task An_edit_can_take_name_and_metadata_away()
    {
        await AppendAsync("t", "r", Drafts.Message("m", "words", name: "Ada", metadata: """{"a":1}"""));
        var stored = await Store.FindMessageAsync("t", "m", Token);
        Assert.NotNull(stored);

        Assert.True(await ReplaceAsync(stored.Message with { Name = null, Metadata = null }, 1));

        var found = (await AllAsync("t")).Single();
        Assert.Null(found.Name);
        Assert.Null(found.Metadata);
    }

    [Fact]
    public async Task An_edit_of_an_old_revision_is_not_written()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        var stored = await Store.FindMessageAsync("t", "m1", Token);
        Assert.NotNull(stored);
        await EditAsync("t", "m1", "second");

        Assert.False(await ReplaceAsync(stored.Message with { Content = MessageContent.FromText("third") }, stored.Revision));

        var found = await Store.FindMessageAsync("t", "m1", Token);
        Assert.Equal(("second", 2), (found?.Message.Content.Text, found?.Revision));
    }

    [Fact]
    public async Task What_is_gone_or_never_was_cannot_be_edited()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        var stored = await Store.FindMessageAsync("t", "m1", Token);
        Assert.NotNull(stored);
        await DeleteAsync("t", "m1");

        Assert.False(await ReplaceAsync(stored.Message, 1));
        Assert.False(await ReplaceAsync(stored.Message with { Id = "other" }, 1));
        Assert.False(await ReplaceAsync(stored.Message with { ThreadId = "other" }, 1));
        Assert.Empty(await AllAsync("t"));
    }

    [Fact]
    public async Task A_deleted_message_is_gone_from_every_read()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        Clock.Advance(TimeSpan.FromMinutes(1));
        await DeleteAsync("t", "m2");

        Assert.Null(await Store.FindMessageAsync("t", "m2", Token));
        Assert.Equal(["m1", "m3"], (await AllAsync("t")).Select(message => message.Id));
        var read = await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 2, ResourceId = "r", Ranges = [new("t", 1, 3)] }, Token);
        Assert.Equal(["m1", "m3"], (read ?? []).Select(message => message.Id));
        var thread = await ThreadAsync("t");
        Assert.Equal((3, 2, Now), (thread.LastPosition, thread.MessageCount, thread.UpdatedAt));
    }

    [Fact]
    public async Task A_deleted_messages_position_is_not_used_again()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await DeleteAsync("t", "m3");
        await DeleteAsync("t", "m2");

        var result = await AppendAsync("t", "r", Drafts.Message("n", "next"));

        Assert.Equal(4, result.Messages.Single().Position);
        Assert.Equal([1, 4], (await AllAsync("t")).Select(message => message.Position));
    }

    [Fact]
    public async Task What_is_gone_or_never_was_cannot_be_deleted()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        await DeleteAsync("t", "m1");

        Assert.False(await Store.DeleteMessageAsync("t", "m1", Now, Token));
        Assert.False(await Store.DeleteMessageAsync("t", "other", Now, Token));
        Assert.False(await Store.DeleteMessageAsync("missing", "m1", Now, Token));
        Assert.Equal(0, (await ThreadAsync("t")).MessageCount);
    }
}
