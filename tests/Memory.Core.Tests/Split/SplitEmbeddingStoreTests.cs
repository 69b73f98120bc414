using Memory.Conformance;
using Moq;

namespace Memory.Core.Tests;

public sealed class SplitEmbeddingStoreTests
{
    private static readonly EmbeddingSpace Other = new("another-model", 3);
    private readonly Mock<IMessageStore> messages = new();
    private readonly Mock<IVectorIndex> vectors = new();
    private readonly Mock<IEmbeddingStore> list = new();
    private readonly List<string> calls = [];
    private readonly SplitEmbeddingStore store;

    public SplitEmbeddingStoreTests()
    {
        store = new SplitEmbeddingStore(messages.Object, list.Object, vectors.Object, new ThreadOwners(messages.Object, TimeProvider.System));
        messages.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Drafts.Thread("t", "r", DateTimeOffset.UnixEpoch));
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), "r", It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).Callback(() => calls.Add("put vectors")).Returns(Task.CompletedTask);
        list.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), Token))
            .Callback(() => calls.Add("take off the list")).ReturnsAsync((EmbeddingSpace _, IReadOnlyList<MessageVectors> put, DateTimeOffset _, CancellationToken _) => put.Count);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_leaves_the_list_when_its_vectors_are_there()
    {
        Assert.Equal(1, await store.PutAsync(Vectors.Space, [Embedded("m1")], DateTimeOffset.UnixEpoch, Token));

        Assert.Equal(["put vectors", "take off the list"], calls);
        list.Verify(it => it.PutAsync(Vectors.Space, It.Is<IReadOnlyList<MessageVectors>>(put => put.All(message => message.Values.IsEmpty)), DateTimeOffset.UnixEpoch, Token));
    }

    [Fact]
    public async Task A_message_stays_on_the_list_while_the_vector_service_is_down()
    {
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), "r", It.IsAny<IReadOnlyList<VectorEntry>>(), Token))
            .ThrowsAsync(new MemoryStoreException("vectors", "answer", isTransient: true, "it is down"));

        await Assert.ThrowsAsync<MemoryStoreException>(() => store.PutAsync(Vectors.Space, [Embedded("m1")], DateTimeOffset.UnixEpoch, Token));

        Assert.Empty(calls);
    }

    [Fact]
    public async Task Vectors_of_another_space_are_refused_before_any_is_put()
    {
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Other);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => store.PutAsync(Vectors.Space, [Embedded("m1")], DateTimeOffset.UnixEpoch, Token));

        Assert.Equal(ErrorCode.DimensionMismatch, refused.Code);
        Assert.Empty(calls);
    }

    [Fact]
    public async Task What_was_edited_or_deleted_meanwhile_loses_what_was_put()
    {
        list.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync(1);
        messages.Setup(it => it.FindMessageAsync("t", "m1", Token)).ReturnsAsync(Stored("m1", revision: 1));
        messages.Setup(it => it.FindMessageAsync("t", "m2", Token)).ReturnsAsync(Stored("m2", revision: 2));

        await store.PutAsync(Vectors.Space, [Embedded("m1"), Embedded("m2"), Embedded("m3")], DateTimeOffset.UnixEpoch, Token);

        vectors.Verify(it => it.RemoveAsync(
            "t", It.Is<IReadOnlyList<ContentVersion>>(stale => stale.Select(content => content.MessageId).SequenceEqual(new[] { "m2", "m3" })), Token), Times.Once);
    }

    [Fact]
    public async Task A_thread_that_is_gone_gets_no_vectors()
    {
        messages.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync((ThreadRecord?)null);

        await store.PutAsync(Vectors.Space, [Embedded("m1")], DateTimeOffset.UnixEpoch, Token);

        Assert.Equal(["take off the list"], calls);
    }

    [Fact]
    public async Task A_move_to_another_space_removes_every_other_vector_after_the_list_is_told()
    {
        list.Setup(it => it.MoveAsync(Other, DateTimeOffset.UnixEpoch, Token)).Callback(() => calls.Add("move")).ReturnsAsync(7);
        vectors.Setup(it => it.KeepOnlyAsync(Other, Token)).Callback(() => calls.Add("keep only")).Returns(Task.CompletedTask);

        Assert.Equal(7, await store.MoveAsync(Other, DateTimeOffset.UnixEpoch, Token));

        Assert.Equal(["move", "keep only"], calls);
    }

    private static MessageVectors Embedded(string id) => new(MessageVersion.Of(Stored(id, revision: 1)), Vectors.At(0));

    private static StoredMessage Stored(string id, long revision) => new(
        new Message { ThreadId = "t", Id = id, Position = 1, Role = MessageRole.User, Content = MessageContent.FromText(id), CreatedAt = DateTimeOffset.UnixEpoch }, revision, new byte[16]);
}
