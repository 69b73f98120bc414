using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class EditMessagesTests : IDisposable
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IEmbeddingSignal> signal = new();
    private readonly ScriptedGenerator generator = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => generator.Dispose();

    [Fact]
    public async Task An_edit_that_lost_a_race_is_made_again_on_what_is_there_now()
    {
        store.SetupSequence(it => it.FindMessageAsync("t", "m", Token))
            .ReturnsAsync(new StoredMessage(Message("first"), 1, default))
            .ReturnsAsync(new StoredMessage(Message("second"), 2, default));
        store.SetupSequence(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token))
            .ReturnsAsync(false)
            .ReturnsAsync(true);

        var edited = await new EditMessages(store.Object, clock).EditAsync(
            "t", "m", message => message with { Content = MessageContent.FromText($"{message.Content.Text}, edited") }, Token);

        Assert.Equal("second, edited", edited.Content.Text);
        var terms = LexicalEncoder.EncodeMessage("Ada", "second, edited", clock.GetUtcNow()).ToBytes();
        store.Verify(it => it.ReplaceMessageAsync(
            It.Is<MessageEdit>(edit => edit.Message == edited && edit.Terms.SequenceEqual(terms) && edit.Revision == 2 && edit.Now == clock.GetUtcNow() && !edit.IsSameText), Token), Times.Once);
    }

    [Fact]
    public async Task A_message_that_is_not_there_or_goes_meanwhile_is_refused()
    {
        store.SetupSequence(it => it.FindMessageAsync("t", "m", Token)).ReturnsAsync(new StoredMessage(Message("first"), 1, default)).ReturnsAsync((StoredMessage?)null);
        store.Setup(it => it.ReplaceMessageAsync(It.Is<MessageEdit>(edit => edit.Revision == 1), Token)).ReturnsAsync(false);
        store.Setup(it => it.DeleteMessageAsync("t", "m", clock.GetUtcNow(), Token)).ReturnsAsync(false);
        var edit = new EditMessages(store.Object, clock);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => edit.EditAsync("t", "m", message => message, Token));
        Assert.Equal(ErrorCode.MessageNotFound, refused.Code);
        refused = await Assert.ThrowsAsync<RefusedException>(() => edit.DeleteAsync("t", "m", Token));
        Assert.Equal(ErrorCode.MessageNotFound, refused.Code);
    }

    [Fact]
    public async Task A_deletion_is_one_call()
    {
        store.Setup(it => it.DeleteMessageAsync("t", "m", clock.GetUtcNow(), Token)).ReturnsAsync(true);

        await new EditMessages(store.Object, clock).DeleteAsync("t", "m", Token);

        store.VerifyAll();
        store.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task The_embedder_is_asked_before_the_store_and_once_for_a_text()
    {
        store.SetupSequence(it => it.FindMessageAsync("t", "m", Token))
            .ReturnsAsync(new StoredMessage(Message("first"), 1, default))
            .ReturnsAsync(new StoredMessage(Message("second"), 2, default));
        List<(MessageEdit Edit, int Calls)> edits = [];
        store.Setup(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token))
            .Callback((MessageEdit edit, CancellationToken _) => edits.Add((edit, generator.Calls.Count)))
            .ReturnsAsync(() => edits.Count == 2);

        await WithEmbedder().EditAsync("t", "m", message => message with { Content = MessageContent.FromText("edited") }, Token);

        Assert.Equal([(1L, 1), (2L, 1)], edits.Select(item => (item.Edit.Revision, item.Calls)));
        Assert.All(edits, item => Assert.Equal((1, clock.GetUtcNow()), (item.Edit.Embedded?.Vectors.Count, item.Edit.EmbeddingDueAt)));
        Assert.Equal(["Ada: edited"], generator.Calls.Single());
        signal.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task An_edit_of_what_another_left_is_embedded_as_it_is_then()
    {
        store.SetupSequence(it => it.FindMessageAsync("t", "m", Token))
            .ReturnsAsync(new StoredMessage(Message("first"), 1, default))
            .ReturnsAsync(new StoredMessage(Message("second"), 2, default));
        store.SetupSequence(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token)).ReturnsAsync(false).ReturnsAsync(true);

        await WithEmbedder().EditAsync("t", "m", message => message with { Content = MessageContent.FromText($"{message.Content.Text}!") }, Token);

        Assert.Equal(["Ada: first!", "Ada: second!"], generator.Calls.SelectMany(texts => texts));
    }

    [Fact]
    public async Task An_edit_without_vectors_is_told_to_the_worker()
    {
        generator.Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "it is down");
        store.Setup(it => it.FindMessageAsync("t", "m", Token)).ReturnsAsync(new StoredMessage(Message("first"), 1, default));
        store.Setup(it => it.ReplaceMessageAsync(It.Is<MessageEdit>(edit => edit.Embedded == null && edit.EmbeddingDueAt == clock.GetUtcNow()), Token)).ReturnsAsync(true);

        await WithEmbedder().EditAsync("t", "m", message => message with { Content = MessageContent.FromText("edited") }, Token);

        signal.Verify(it => it.AnnounceAsync(Token), Times.Once);
    }

    [Fact]
    public async Task An_edit_that_leaves_the_text_asks_no_embedder()
    {
        store.Setup(it => it.FindMessageAsync("t", "m", Token)).ReturnsAsync(new StoredMessage(Message("first"), 1, default));
        store.Setup(it => it.ReplaceMessageAsync(It.Is<MessageEdit>(edit => edit.IsSameText && edit.Embedded == null), Token)).ReturnsAsync(true);

        await WithEmbedder().EditAsync("t", "m", message => message with { Role = MessageRole.Tool }, Token);

        Assert.Empty(generator.Calls);
        signal.VerifyNoOtherCalls();
    }

    private EditMessages WithEmbedder() => new(store.Object, clock, generator.Embed(clock, signal.Object));

    private Message Message(string text) => new()
    {
        ThreadId = "t",
        Id = "m",
        Position = 1,
        Role = MessageRole.User,
        Name = "Ada",
        Content = MessageContent.FromText(text),
        CreatedAt = clock.GetUtcNow(),
    };
}
