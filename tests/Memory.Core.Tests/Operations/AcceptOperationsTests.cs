using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class AcceptOperationsTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly List<string> calls = [];
    private readonly List<Operation> kept = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_is_kept_with_ids_and_times_and_announced_then()
    {
        var operation = await AcceptAsync("t", null, Drafts.Message(null, "hi"));

        Assert.Equal(["accept", $"announce {operation.Id}"], calls);
        Assert.Equal(("append", "t", "r", OperationStatus.Queued, 0), (operation.Kind, operation.ThreadId, operation.ResourceId, operation.Status, operation.Attempts));
        Assert.Equal((clock.GetUtcNow(), clock.GetUtcNow()), (operation.CreatedAt, operation.UpdatedAt));
        var message = TestData.Parse(operation.Payload?.Text ?? "null").GetProperty("messages")[0];
        Assert.True(Guid.TryParse(message.GetProperty("id").GetString(), out _));
        Assert.Equal("2030-01-01T00:00:00Z", message.GetProperty("createdAt").GetString());
    }

    [Fact]
    public async Task The_same_request_under_the_same_key_is_the_same_operation()
    {
        var first = await AcceptAsync("t", "key", Drafts.Message(null, "hi"));
        clock.Advance(TimeSpan.FromMinutes(1));
        var again = await AcceptAsync("t", "key", Drafts.Message(null, "hi"));

        Assert.Equal(first, again);
        Assert.Equal(4, calls.Count); // announced again too: the first announcement may have been lost
    }

    [Fact]
    public async Task Another_request_thread_or_key_is_another_operation()
    {
        Operation[] all =
        [
            await AcceptAsync("t", "key", Drafts.Message(null, "hi")),
            await AcceptAsync("t", "key", Drafts.Message(null, "ho")),
            await AcceptAsync("u", "key", Drafts.Message(null, "hi")),
            await AcceptAsync("t", "other", Drafts.Message(null, "hi")),
            await AcceptAsync("t", null, Drafts.Message(null, "hi")),
            await AcceptAsync("t", null, Drafts.Message(null, "hi")),
        ];

        Assert.Equal(6, all.Select(operation => operation.Id).Distinct().Count());
    }

    [Fact]
    public async Task What_was_not_kept_is_not_announced()
    {
        var operations = new Mock<IOperationStore>(MockBehavior.Strict);
        operations.Setup(it => it.AcceptAsync(It.IsAny<Operation>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "accept", true, "locked"));
        var signal = new Mock<IOperationSignal>(MockBehavior.Strict);
        var (request, batch) = Prepare("t", null, Drafts.Message(null, "hi"));

        await Assert.ThrowsAsync<MemoryStoreException>(() =>
            new AcceptOperations(operations.Object, signal.Object, clock).AcceptAppendAsync(request, batch, null, Token));

        signal.VerifyNoOtherCalls();
    }

    private (AppendRequest Request, AppendBatch Batch) Prepare(string threadId, string? key, params MessageInput[] messages)
    {
        var request = new AppendRequest { ResourceId = "r", Messages = messages };
        return (request, new AppendMessages(Mock.Of<IMessageStore>(), clock).Prepare(threadId, request, key));
    }

    private Task<Operation> AcceptAsync(string threadId, string? key, params MessageInput[] messages)
    {
        var operations = new Mock<IOperationStore>(MockBehavior.Strict);
        operations.Setup(it => it.AcceptAsync(It.IsAny<Operation>(), Token)).ReturnsAsync((Operation operation, CancellationToken _) =>
        {
            calls.Add("accept");
            kept.Add(operation);
            return kept.First(known => known.Id == operation.Id);
        });
        var signal = new Mock<IOperationSignal>(MockBehavior.Strict);
        signal.Setup(it => it.AnnounceAsync(It.IsAny<string>(), Token)).Callback((string id, CancellationToken _) => calls.Add($"announce {id}")).Returns(Task.CompletedTask);
        var (request, batch) = Prepare(threadId, key, messages);
        return new AcceptOperations(operations.Object, signal.Object, clock).AcceptAppendAsync(request, batch, key, Token);
    }
}
