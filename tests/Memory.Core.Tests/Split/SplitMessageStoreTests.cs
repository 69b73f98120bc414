using Memory.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace Memory.Core.Tests;

public sealed class SplitMessageStoreTests
{
    private static readonly AppendMessages Prepare = new(Mock.Of<IMessageStore>(), TimeProvider.System);
    private static readonly MemoryStoreException Outage = new("vectors", "answer", isTransient: true, "it is down");
    private readonly Mock<IMessageStore> messages = new();
    private readonly Mock<IArchive> archive = new();
    private readonly Mock<IVectorIndex> vectors = new();
    private readonly Mock<IEmbeddingStore> list = new();
    private readonly List<string> calls = [];
    private readonly SplitMessageStore store;

    public SplitMessageStoreTests()
    {
        var owners = new ThreadOwners(messages.Object, TimeProvider.System);
        store = new SplitMessageStore(
            messages.Object, archive.Object, vectors.Object, new SplitEmbeddingStore(messages.Object, list.Object, vectors.Object, owners), owners, NullLogger<SplitMessageStore>.Instance);
        Answer();
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token))
            .Callback(() => calls.Add("put vectors")).Returns(Task.CompletedTask);
        vectors.Setup(it => it.RemoveAsync(It.IsAny<string>(), It.IsAny<IReadOnlyList<ContentVersion>>(), Token)).Callback(() => calls.Add("remove vectors")).Returns(Task.CompletedTask);
        vectors.Setup(it => it.RemoveMessageAsync("t", "m1", Token)).Callback(() => calls.Add("remove a message's vectors")).Returns(Task.CompletedTask);
        vectors.Setup(it => it.RemoveThreadAsync("t", Token)).Callback(() => calls.Add("remove a thread's vectors")).Returns(Task.CompletedTask);
        vectors.Setup(it => it.RemoveResourceAsync("r", Token)).Callback(() => calls.Add("remove a resource's vectors")).Returns(Task.CompletedTask);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vectors_are_put_before_the_messages_are()
    {
        var batch = Batch("r");

        await store.AppendAsync(batch, Token);

        Assert.Equal(["put vectors", "append messages"], calls);
        vectors.Verify(it => it.PutAsync(
            Vectors.Space, "r", It.Is<IReadOnlyList<VectorEntry>>(entries => entries.Select(entry => entry.Content).SequenceEqual(Contents(batch))), Token));

        // The store is told that there is nothing left to embed, and gets none of the vectors.
        messages.Verify(it => it.AppendAsync(
            It.Is<AppendBatch>(stored => stored.Embedded!.Space == Vectors.Space && stored.Embedded.Vectors.Count == 3 && stored.Embedded.Vectors.All(vector => vector.IsEmpty)), Token));
    }

    [Fact]
    public async Task A_text_that_has_no_vector_brings_none()
    {
        var batch = Batch("r") with { Embedded = new EmbeddedTexts(Vectors.Space, [Vectors.At(0), ReadOnlyMemory<float>.Empty, Vectors.At(2)]) };

        await store.AppendAsync(batch, Token);

        vectors.Verify(it => it.PutAsync(
            Vectors.Space, "r", It.Is<IReadOnlyList<VectorEntry>>(entries => entries.Select(entry => entry.Content.MessageId).SequenceEqual(new[] { "m1", "m3" })), Token));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_fault_of_the_vector_service_leaves_messages_to_the_worker_and_the_append_succeeds(bool isOutage)
    {
        Exception fault = isOutage ? Outage : new RefusedException(ErrorCode.DimensionMismatch, "it holds others");
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).ThrowsAsync(fault);

        var result = await store.AppendAsync(Batch("r"), Token);

        Assert.Equal(3, result.Messages.Count);
        messages.Verify(it => it.AppendAsync(It.Is<AppendBatch>(stored => stored.Embedded == null && stored.EmbeddingDueAt != null), Token), Times.Once);
    }

    [Fact]
    public async Task Who_gives_up_waiting_stores_nothing()
    {
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).ThrowsAsync(new OperationCanceledException());

        await Assert.ThrowsAsync<OperationCanceledException>(() => store.AppendAsync(Batch("r"), Token));

        messages.Verify(it => it.AppendAsync(It.IsAny<AppendBatch>(), It.IsAny<CancellationToken>()), Times.Never);
    }

    [Fact]
    public async Task A_refused_append_is_refused()
    {
        messages.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new RefusedException(ErrorCode.MessageConflict, "taken"));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => store.AppendAsync(Batch("r"), Token));

        Assert.Equal(ErrorCode.MessageConflict, refused.Code);
        Assert.Equal(["put vectors"], calls); // and stay, since they may be another append's too; no message has that content, so that nobody finds them
    }

    [Fact]
    public async Task An_append_to_an_erased_resource_leaves_no_vectors_but_those_of_what_was_appended_anew()
    {
        var batch = Batch("r") with { AcceptedAt = DateTimeOffset.UnixEpoch };
        messages.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(AppendBatch.Erased());
        messages.Setup(it => it.FindMessageAsync("t", "m2", Token)).ReturnsAsync(Stored(batch, 1, revision: 1));

        var refused = await Assert.ThrowsAsync<RefusedException>(() => store.AppendAsync(batch, Token));

        Assert.Equal(ErrorCode.ResourceErased, refused.Code);
        Assert.Equal(["put vectors", "remove vectors"], calls);
        ContentVersion[] late = [.. Contents(batch)];
        vectors.Verify(it => it.RemoveAsync("t", It.Is<IReadOnlyList<ContentVersion>>(stale => stale.SequenceEqual(new[] { late[0], late[2] })), Token), Times.Once);
    }

    [Fact]
    public async Task Without_a_resource_the_thread_has_to_be_there()
    {
        await store.AppendAsync(Batch(null), Token);
        Assert.Equal(["append messages"], calls); // the store says that it is not

        Thread("r");
        calls.Clear();
        await store.AppendAsync(Batch(null), Token);
        Assert.Equal(["put vectors", "append messages"], calls);
        vectors.Verify(it => it.PutAsync(Vectors.Space, "r", It.IsAny<IReadOnlyList<VectorEntry>>(), Token), Times.Once);
    }

    [Fact]
    public async Task A_redelivered_append_of_an_edited_or_deleted_message_removes_its_stale_vector()
    {
        var batch = Batch("r");
        Answer("m1", "m2", "m3");
        messages.Setup(it => it.FindMessageAsync("t", "m1", Token)).ReturnsAsync(Stored(batch, 0, revision: 2));
        messages.Setup(it => it.FindMessageAsync("t", "m2", Token)).ReturnsAsync((StoredMessage?)null);
        messages.Setup(it => it.FindMessageAsync("t", "m3", Token)).ReturnsAsync(Stored(batch, 2, revision: 1));

        await store.AppendAsync(batch, Token);

        vectors.Verify(it => it.RemoveAsync("t", It.Is<IReadOnlyList<ContentVersion>>(stale => stale.SequenceEqual(Contents(batch).Take(2))), Token), Times.Once);
    }

    [Fact]
    public async Task A_redelivered_append_of_what_is_as_it_was_removes_nothing()
    {
        var batch = Batch("r");
        Answer("m2");
        messages.Setup(it => it.FindMessageAsync("t", "m2", Token)).ReturnsAsync(Stored(batch, 1, revision: 1));

        await store.AppendAsync(batch, Token);

        Assert.Equal(["put vectors", "append messages"], calls);
    }

    [Fact]
    public async Task An_edit_comes_first_and_then_its_vectors_and_the_old_ones_go()
    {
        Thread("r");
        messages.Setup(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token)).Callback(() => calls.Add("edit the message")).ReturnsAsync(true);
        list.Setup(it => it.PutAsync(Vectors.Space, It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), Token)).Callback(() => calls.Add("take off the list")).ReturnsAsync(1);
        var edit = Edit();

        Assert.True(await store.ReplaceMessageAsync(edit, Token));

        Assert.Equal(["edit the message", "put vectors", "take off the list", "remove vectors"], calls);
        messages.Verify(it => it.ReplaceMessageAsync(It.Is<MessageEdit>(stored => stored.Embedded == null && !stored.IsSameText), Token), Times.Once);
        vectors.Verify(it => it.PutAsync(Vectors.Space, "r", It.Is<IReadOnlyList<VectorEntry>>(entries => entries.Single().Content.Revision == 2), Token), Times.Once);
        vectors.Verify(it => it.RemoveAsync("t", It.Is<IReadOnlyList<ContentVersion>>(before => before.Single().Revision == 1), Token), Times.Once);
    }

    [Fact]
    public async Task An_edit_that_lost_a_race_brings_no_vectors()
    {
        messages.Setup(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token)).ReturnsAsync(false);

        Assert.False(await store.ReplaceMessageAsync(Edit(), Token));

        Assert.Empty(calls);
    }

    [Fact]
    public async Task An_edit_stands_when_the_vector_service_is_down()
    {
        Thread("r");
        messages.Setup(it => it.ReplaceMessageAsync(It.IsAny<MessageEdit>(), Token)).ReturnsAsync(true);
        vectors.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<string>(), It.IsAny<IReadOnlyList<VectorEntry>>(), Token)).ThrowsAsync(Outage);

        Assert.True(await store.ReplaceMessageAsync(Edit(), Token));

        list.Verify(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), Token), Times.Never); // it stays listed
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // asked again after a fault in between
    public async Task What_is_deleted_goes_before_its_vectors_do(bool wasThere)
    {
        messages.Setup(it => it.DeleteMessageAsync("t", "m1", default, Token)).Callback(() => calls.Add("delete the message")).ReturnsAsync(wasThere);
        messages.Setup(it => it.DeleteThreadAsync("t", null, Token)).Callback(() => calls.Add("delete the thread")).ReturnsAsync(wasThere);
        messages.Setup(it => it.EraseResourceAsync("r", default, Token)).Callback(() => calls.Add("erase the resource")).ReturnsAsync(new ErasedCounts(0, 0, 0, 0, 0));

        Assert.Equal(wasThere, await store.DeleteMessageAsync("t", "m1", default, Token));
        Assert.Equal(wasThere, await store.DeleteThreadAsync("t", null, Token));
        await store.EraseResourceAsync("r", default, Token);

        Assert.Equal(
            ["delete the message", "remove a message's vectors", "delete the thread", "remove a thread's vectors", "erase the resource", "remove a resource's vectors"], calls);
    }

    [Fact]
    public async Task A_deletion_that_could_not_remove_vectors_says_so()
    {
        vectors.Setup(it => it.RemoveMessageAsync("t", "m1", Token)).ThrowsAsync(Outage);
        vectors.Setup(it => it.RemoveThreadAsync("t", Token)).ThrowsAsync(Outage);
        vectors.Setup(it => it.RemoveResourceAsync("r", Token)).ThrowsAsync(Outage);

        Assert.Same(Outage, await Assert.ThrowsAsync<MemoryStoreException>(() => store.DeleteMessageAsync("t", "m1", default, Token)));
        Assert.Same(Outage, await Assert.ThrowsAsync<MemoryStoreException>(() => store.DeleteThreadAsync("t", null, Token)));
        Assert.Same(Outage, await Assert.ThrowsAsync<MemoryStoreException>(() => store.EraseResourceAsync("r", default, Token)));
    }

    [Fact]
    public async Task A_thread_that_is_kept_keeps_its_vectors()
    {
        Thread("r");
        messages.Setup(it => it.DeleteThreadAsync("t", new ThreadCondition(3, null), Token)).ReturnsAsync(false); // it is at another version

        Assert.False(await store.DeleteThreadAsync("t", new ThreadCondition(3), Token));

        Assert.Empty(calls);
    }

    [Fact]
    public async Task Another_resources_address_removes_no_vectors()
    {
        var theirs = new ThreadAddress("t", "other");
        Thread("other");
        await store.FindThreadAsync("t", Token); // as it is remembered
        Thread("r"); // as it is now, made anew by another process

        Assert.False(await store.DeleteMessageAsync(theirs, "m1", default, Token));
        Assert.False(await store.DeleteThreadAsync(theirs, null, Token));
        Assert.False(await store.DeleteThreadAsync(theirs, new ThreadCondition(UpdatedAt: default(DateTimeOffset)), Token));
        Assert.Null(await store.CloneThreadAsync(new ThreadClone(theirs, "copy", null, null, default), Token));

        Assert.Empty(calls);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)] // asked again after a fault in between, the thread still there or not
    public async Task An_owners_deletion_that_is_asked_for_again_removes_what_was_left(bool isThere)
    {
        if (isThere)
        {
            Thread("r");
        }

        Assert.False(await store.DeleteMessageAsync(new ThreadAddress("t", "r"), "m1", default, Token));

        Assert.Equal(["remove a message's vectors"], calls);
    }

    [Fact]
    public async Task A_clone_of_another_resources_thread_copies_no_vectors()
    {
        Thread("r");
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Vectors.Space);
        Pages(500, (0, [Message("m1", 1)]));

        Assert.Null(await store.CloneThreadAsync(new ThreadClone(new ThreadAddress("t", "other"), "copy", null, null, default), Token));

        archive.VerifyNoOtherCalls();
        Assert.Empty(calls);
    }

    [Fact]
    public async Task A_clone_copies_the_vectors_of_what_it_copies_first()
    {
        Thread("r");
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Vectors.Space);
        Pages(500, (0, [Message("m1", 1), Message("m2", 2), Message("m3", 3)]));
        IReadOnlyList<ContentVersion> asked = [];
        vectors.Setup(it => it.FetchAsync(Vectors.Space, "r", It.IsAny<IReadOnlyList<ContentVersion>>(), Token))
            .Callback((EmbeddingSpace _, string _, IReadOnlyList<ContentVersion> contents, CancellationToken _) => asked = contents).ReturnsAsync([Entry("m2"), Entry("m1")]);
        messages.Setup(it => it.CloneThreadAsync(It.IsAny<ThreadClone>(), Token)).Callback(() => calls.Add("clone the thread"));

        await store.CloneThreadAsync(new ThreadClone("t", "copy", "other", 2, default), Token);

        Assert.Equal(["put vectors", "clone the thread"], calls);
        Assert.Equal([Entry("m1").Content, Entry("m2").Content], asked);
        ContentVersion[] expected = [Entry("m2", "copy").Content, Entry("m1", "copy").Content];
        vectors.Verify(it => it.PutAsync(Vectors.Space, "other", It.Is<IReadOnlyList<VectorEntry>>(copies => copies.Select(copy => copy.Content).SequenceEqual(expected)), Token));
    }

    [Fact]
    public async Task A_long_thread_is_cloned_a_page_at_a_time_and_no_further_than_asked()
    {
        Thread("r");
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Vectors.Space);
        Pages(500, (0, [Message("m1", 1)]), (1, [Message("m2", 2)]), (2, [Message("m3", 3)]));
        vectors.Setup(it => it.FetchAsync(Vectors.Space, "r", It.IsAny<IReadOnlyList<ContentVersion>>(), Token))
            .ReturnsAsync((EmbeddingSpace _, string _, IReadOnlyList<ContentVersion> contents, CancellationToken _) => contents[0].MessageId == "m1" ? [] : [Entry(contents[0].MessageId)]);

        await store.CloneThreadAsync(new ThreadClone("t", "copy", null, 2, default), Token);

        vectors.Verify(it => it.FetchAsync(Vectors.Space, "r", It.IsAny<IReadOnlyList<ContentVersion>>(), Token), Times.Exactly(2));
        vectors.Verify(it => it.PutAsync(Vectors.Space, "r", It.Is<IReadOnlyList<VectorEntry>>(copies => copies.Single().Content.MessageId == "m2"), Token), Times.Once);
    }

    [Fact]
    public async Task A_clone_takes_no_message_that_came_after_its_vectors_were_copied()
    {
        Thread("r");
        list.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Vectors.Space);

        await store.CloneThreadAsync(new ThreadClone("t", "copy", null, null, default), Token);

        messages.Verify(it => it.CloneThreadAsync(It.Is<ThreadClone>(clone => clone.UpTo == 3), Token), Times.Once);
    }

    [Fact]
    public async Task Whose_a_listed_thread_is_needs_no_other_question()
    {
        messages.Setup(it => it.ListThreadsAsync(It.IsAny<ThreadListing>(), Token)).ReturnsAsync(new Page<ThreadRecord, ThreadCursor>([Drafts.Thread("t", "r", DateTimeOffset.UnixEpoch)], null));

        await store.ListThreadsAsync(new ThreadListing("r", 10, ThreadOrder.CreatedAt, Descending: false, null), Token);
        await store.AppendAsync(Batch(null), Token);

        Assert.Equal(["put vectors", "append messages"], calls);
        messages.Verify(it => it.FindThreadAsync("t", Token), Times.Never);
    }

    [Fact]
    public async Task It_is_ready_when_both_are()
    {
        await store.CheckAsync(Token);
        messages.Verify(it => it.CheckAsync(Token), Times.Once);

        vectors.Setup(it => it.CheckAsync(Token)).ThrowsAsync(Outage);
        await Assert.ThrowsAsync<MemoryStoreException>(() => store.CheckAsync(Token));
    }

    private static AppendBatch Batch(string? resourceId) =>
        Prepare.Prepare("t", new AppendRequest { ResourceId = resourceId, Messages = Drafts.Messages(3) }) with
        {
            Embedded = new EmbeddedTexts(Vectors.Space, [Vectors.At(0), Vectors.At(1), Vectors.At(2)]),
            EmbeddingDueAt = DateTimeOffset.UnixEpoch,
        };

    private static IEnumerable<ContentVersion> Contents(AppendBatch batch) =>
        batch.Messages.Select(message => new ContentVersion("t", message.Id, 1, Convert.ToHexStringLower(message.Fingerprint)));

    private static Message Message(string id, long position) => new()
    {
        ThreadId = "t",
        Id = id,
        Position = position,
        Role = MessageRole.User,
        Content = MessageContent.FromText(id),
        CreatedAt = DateTimeOffset.UnixEpoch,
    };

    private static StoredMessage Stored(AppendBatch batch, int index, long revision) => new(Message(batch.Messages[index].Id, index + 1), revision, batch.Messages[index].Fingerprint);

    private static VectorEntry Entry(string id, string threadId = "t") => new(new ContentVersion(threadId, id, 1, new string('0', 32)), MessageRole.User, DateTimeOffset.UnixEpoch, Vectors.At(0));

    private static MessageEdit Edit() => new(
        Message("m1", 1), [], 1, new byte[16], DateTimeOffset.UnixEpoch, IsSameText: false, EmbeddingDueAt: DateTimeOffset.UnixEpoch, new EmbeddedTexts(Vectors.Space, [Vectors.At(5)]));

    // The source's messages as they are stored, read by so many.
    private void Pages(int limit, params (long After, Message[] Messages)[] pages)
    {
        foreach (var (after, page) in pages)
        {
            archive.Setup(it => it.ReadAsync(It.Is<ArchiveRead>(read => read.ThreadId == "t" && read.After == after && read.Limit == limit && !read.WithVectors), Token))
                .ReturnsAsync(new ArchivePage([.. page.Select(message => new ArchivedMessage(new StoredMessage(message, 1, new byte[16]), null))], after != pages[^1].After, Vectors.Space));
        }
    }

    private void Thread(string resourceId) =>
        messages.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Drafts.Thread("t", resourceId, DateTimeOffset.UnixEpoch) with { LastPosition = 3 });

    // The store's answer to an append, with those messages that were there already.
    private void Answer(params string[] duplicates) => messages.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).Callback(() => calls.Add("append messages"))
        .ReturnsAsync((AppendBatch batch, CancellationToken _) => new AppendResult(
            "t", [.. batch.Messages.Select((message, i) => new AppendedMessage(message.Id, i + 1, message.CreatedAt, duplicates.Contains(message.Id)))], 0));
}
