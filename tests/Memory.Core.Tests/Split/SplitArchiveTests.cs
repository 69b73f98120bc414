using Memory.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace Memory.Core.Tests;

public sealed class SplitArchiveTests
{
    private static readonly MemoryStoreException Outage = new("vectors", "answer", isTransient: true, "it is down");
    private static readonly EmbeddingSpace Other = new("other-model", 3);
    private readonly Mock<IArchive> messages = new();
    private readonly Mock<IMessageStore> store = new();
    private readonly Mock<IVectorIndex> vectors = new();
    private readonly Mock<IEmbeddingStore> list = new();
    private readonly List<string> calls = [];
    private readonly SplitArchive archive;
    private ArchivePiece? written;

    public SplitArchiveTests()
    {
        archive = new SplitArchive(messages.Object, vectors.Object, list.Object, new ThreadOwners(store.Object, TimeProvider.System), NullLogger<SplitArchive>.Instance);
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).Callback(() => calls.Add("put vectors")).Returns(Task.CompletedTask);
        vectors.Setup(it => it.RemoveAsync(It.IsAny<string>(), It.IsAny<IReadOnlyList<ContentVersion>>(), Token)).Callback(() => calls.Add("remove vectors")).Returns(Task.CompletedTask);
        store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Drafts.Thread("t", "r", DateTimeOffset.UnixEpoch));
        Answer(new ArchiveOutcome(3, 0));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vectors_are_read_for_those_messages_that_have_them()
    {
        Page(Vectors.Space, Message(1, embedded: true), Message(2, embedded: false), Message(3, embedded: true), Message(4, embedded: true, text: " "), Message(5, embedded: true, text: "mine", Vectors.At(5)));
        Found(Message(1));

        var page = await archive.ReadAsync(Read(), Token);

        Assert.Equal([3, null, null, 0, 3], page!.Messages.Select(message => message.Vectors?.Length)); // it is there: the third's are missing, the fourth has nothing to embed, the last's lie beside it
        vectors.Verify(it => it.FetchAsync(Vectors.Space, "r", It.Is<IReadOnlyList<ContentVersion>>(asked => asked.Select(content => content.MessageId).SequenceEqual(new[] { "m1", "m3", "m4" })), Token), Times.Once);
    }

    [Fact]
    public async Task Nothing_is_asked_for_where_there_is_nothing_to_be_had()
    {
        Page(null, Message(1), Message(2));

        Assert.Equal(2, (await archive.ReadAsync(Read(), Token))!.Messages.Count); // it is there
        Assert.Null(await archive.ReadAsync(Read() with { ThreadId = "missing" }, Token));

        vectors.VerifyNoOtherCalls();
        store.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task Whose_a_found_thread_is_needs_no_other_question()
    {
        messages.Setup(it => it.FindThreadsAsync(It.IsAny<IReadOnlyList<string>>(), Token)).ReturnsAsync([new StoredThread(Drafts.Thread("t", "r", DateTimeOffset.UnixEpoch), 0)]);
        Page(Vectors.Space, Message(1, embedded: true));
        Found(Message(1));

        await archive.FindThreadsAsync(["t"], Token);
        Assert.Equal(3, Assert.Single((await archive.ReadAsync(Read(), Token))!.Messages).Vectors?.Length); // it is there

        store.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task Vectors_are_written_before_the_messages_are()
    {
        var piece = Piece(Vectors.At(1), ReadOnlyMemory<float>.Empty, null);

        await archive.WriteAsync(piece, Token);

        Assert.Equal(["put vectors", "write messages"], calls);
        vectors.Verify(it => it.PutAsync(Vectors.Space, "r", It.Is<IReadOnlyList<VectorEntry>>(entries => entries.Single().Content == Content(piece.Messages[0])), Token), Times.Once);
        Assert.Equal([0, 0, null], Lengths());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fault_of_the_vector_service_leaves_messages_to_the_worker(bool isOutage)
    {
        Exception fault = isOutage ? Outage : new RefusedException(ErrorCode.DimensionMismatch, "it holds others");
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).ThrowsAsync(fault);

        await archive.WriteAsync(Piece(Vectors.At(1), ReadOnlyMemory<float>.Empty, null), Token);

        Assert.Equal([null, 0, null], Lengths());
    }

    [Fact]
    public async Task Vectors_of_another_space_than_the_stores_are_not_written()
    {
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Other);

        await archive.WriteAsync(Piece(Vectors.At(1), ReadOnlyMemory<float>.Empty, null), Token);

        Assert.Equal(["write messages"], calls);
        Assert.Equal([null, 0, null], Lengths());
        Assert.Equal(Vectors.Space, written?.Space);
    }

    [Fact]
    public async Task The_stores_space_is_asked_for_until_it_is_that_of_the_vectors()
    {
        list.SetupSequence(it => it.FindSpaceAsync(Token)).ReturnsAsync((EmbeddingSpace?)null).ReturnsAsync(Vectors.Space).ReturnsAsync(Other);
        for (var i = 0; i < 4; i++)
        {
            await archive.WriteAsync(Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3)), Token);
        }

        list.Verify(it => it.FindSpaceAsync(Token), Times.Exactly(2));

        Answer(new ArchiveOutcome(3, 3)); // listed for another space, which the store has by now
        await archive.WriteAsync(Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3)), Token);
        calls.Clear();
        await archive.WriteAsync(Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3)), Token);

        Assert.Equal(["write messages"], calls);
    }

    [Fact]
    public async Task What_was_not_written_leaves_no_vectors_that_no_message_has()
    {
        Answer(new ArchiveOutcome(0, 0) { Conflicts = [1] });
        var piece = Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3));
        messages.Setup(it => it.ReadAsync(new ArchiveRead("t", 0, 3, 1 << 20, WithVectors: false), Token)).ReturnsAsync(new ArchivePage([Edited(1)], HasMore: true, Vectors.Space));
        messages.Setup(it => it.ReadAsync(new ArchiveRead("t", 1, 3, 1 << 20, WithVectors: false), Token)).ReturnsAsync(new ArchivePage([piece.Messages[1], Message(7)], HasMore: true, Vectors.Space));

        Assert.Equal([1], (await archive.WriteAsync(piece, Token)).Conflicts);

        Assert.Equal(["put vectors", "write messages", "remove vectors"], calls);
        vectors.Verify(it => it.RemoveAsync(
            "t", It.Is<IReadOnlyList<ContentVersion>>(stale => stale.ToHashSet().SetEquals(new[] { Content(piece.Messages[0]), Content(piece.Messages[2]) })), Token), Times.Once);
    }

    [Fact]
    public async Task What_was_there_as_it_is_keeps_its_vectors()
    {
        Answer(new ArchiveOutcome(0, 0));
        var piece = Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3));
        messages.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), Token)).ReturnsAsync(new ArchivePage(piece.Messages, HasMore: false, Vectors.Space));

        await archive.WriteAsync(piece, Token);

        Assert.Equal(["put vectors", "write messages"], calls);
    }

    [Fact]
    public async Task Another_resources_thread_is_not_taken_for_ours()
    {
        Answer(new ArchiveOutcome(0, 0) { IsTaken = true });
        var piece = Piece(Vectors.At(1), Vectors.At(2), Vectors.At(3)) with { Thread = Drafts.Thread("t", "thief", DateTimeOffset.UnixEpoch) };

        Assert.True((await archive.WriteAsync(piece, Token)).IsTaken);

        vectors.Verify(it => it.RemoveAsync("t", It.Is<IReadOnlyList<ContentVersion>>(stale => stale.Count == 3), Token), Times.Once);
        Page(Vectors.Space, Message(1, embedded: true));
        Found(Message(1));
        Assert.Equal(3, Assert.Single((await archive.ReadAsync(Read(), Token))!.Messages).Vectors?.Length); // it is there, and the owner's
    }

    private static ArchivedMessage Message(long position, bool embedded = false, string? text = null, ReadOnlyMemory<float> values = default)
    {
        var message = new Message
        {
            ThreadId = "t",
            Id = $"m{position}",
            Position = position,
            Role = MessageRole.User,
            Content = MessageContent.FromText(text ?? $"text {position}"),
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        return new ArchivedMessage(new StoredMessage(message, 1, new byte[16]), embedded ? values : default(ReadOnlyMemory<float>?));
    }

    private static ArchivedMessage Edited(long position) => Message(position) is var message ? message with { Stored = message.Stored with { Revision = 2 } } : message;

    private static ContentVersion Content(ArchivedMessage message) => MessageVersion.Of(message.Stored).Content;

    private static ArchiveRead Read() => new("t", 0, 10, 1_000, WithVectors: true);

    private static ArchivePiece Piece(params ReadOnlyMemory<float>?[] vectors) => new()
    {
        Thread = Drafts.Thread("t", "r", DateTimeOffset.UnixEpoch),
        Messages = [.. vectors.Select((values, i) => Message(i + 1) with { Vectors = values })],
        IsLast = true,
        Space = Vectors.Space,
        Now = DateTimeOffset.UnixEpoch,
    };

    private IEnumerable<int?> Lengths() => (written?.Messages ?? []).Select(message => message.Vectors?.Length);

    private void Page(EmbeddingSpace? space, params ArchivedMessage[] page) => messages.Setup(it => it.ReadAsync(Read(), Token)).ReturnsAsync(new ArchivePage(page, HasMore: false, space));

    private void Found(ArchivedMessage message) => vectors.Setup(it => it.FetchAsync(Vectors.Space, "r", It.IsAny<IReadOnlyList<ContentVersion>>(), Token))
        .ReturnsAsync([new VectorEntry(Content(message), MessageRole.User, DateTimeOffset.UnixEpoch, Vectors.At(10))]);

    private void Answer(ArchiveOutcome outcome) => messages.Setup(it => it.WriteAsync(It.IsAny<ArchivePiece>(), Token))
        .Callback((ArchivePiece piece, CancellationToken _) =>
        {
            written = piece;
            calls.Add("write messages");
        })
        .ReturnsAsync(outcome);
}
