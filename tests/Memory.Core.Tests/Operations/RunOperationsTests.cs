using System.Text.Json;
using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class RunOperationsTests
{
    private const string Payload = """{"resourceId":"r","messages":[{"id":"m","role":"user","content":"hi","createdAt":"2029-01-01T00:00:00Z"}]}""";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IOperationStore> operations = new(MockBehavior.Strict);
    private readonly OperationOptions options = new();
    private readonly List<(string Id, int Attempt, OperationError Error, DateTimeOffset? RetryAt)> failures = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private RunOperations Runner => new(operations.Object, new AppendMessages(store.Object, clock), options, clock);

    [Fact]
    public async Task A_claimed_append_is_stored_and_completed_under_its_attempt()
    {
        Due(Operation(attempts: 2));
        AppendBatch? appended = null;
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token))
            .Callback((AppendBatch batch, CancellationToken _) => appended = batch)
            .ReturnsAsync(new AppendResult("t", [new("m", 4, clock.GetUtcNow(), true)], 0));
        RawJson? result = null;
        operations.Setup(it => it.CompleteAsync("o", 2, It.IsAny<RawJson>(), clock.GetUtcNow(), Token))
            .Callback((string _, int _, RawJson json, DateTimeOffset _, CancellationToken _) => result = json)
            .ReturnsAsync(true);

        Assert.Equal(1, await Runner.RunDueAsync(Token));

        Assert.Equal(("t", "r", "m", "2029-01-01T00:00:00Z"), (appended?.ThreadId, appended?.ResourceId, appended?.Messages.Single().Id, appended?.Messages.Single().CreatedAt.ToRfc3339()));
        var answer = JsonSerializer.Deserialize(result?.Text ?? "null", CoreJson.Default.AppendResult);
        Assert.Equal(new AppendedMessage("m", 4, clock.GetUtcNow(), true), answer?.Messages.Single());
    }

    [Fact]
    public async Task Operations_run_one_after_another_in_the_order_claimed()
    {
        Due(Operation("first"), Operation("second"), Operation("third"));
        List<string> done = [];
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ReturnsAsync(new AppendResult("t", [], 0));
        operations.Setup(it => it.CompleteAsync(It.IsAny<string>(), 1, It.IsAny<RawJson>(), It.IsAny<DateTimeOffset>(), Token))
            .ReturnsAsync((string id, int _, RawJson _, DateTimeOffset _, CancellationToken _) =>
            {
                done.Add(id);
                return id != "second"; // its claim has passed on, which is no fault
            });

        Assert.Equal(3, await Runner.RunDueAsync(Token));
        Assert.Equal(["first", "second", "third"], done);
    }

    [Fact]
    public async Task Operations_of_several_threads_run_at_once_and_those_of_one_in_order()
    {
        Due(Operation("a1"), Operation("b1") with { ThreadId = "u" }, Operation("a2"));
        List<string> done = [];
        var other = new TaskCompletionSource();
        store.Setup(it => it.AppendAsync(It.Is<AppendBatch>(batch => batch.ThreadId == "t"), Token)).Returns(async () =>
        {
            await other.Task; // the first thread waits for the second
            return new AppendResult("t", [], 0);
        });
        store.Setup(it => it.AppendAsync(It.Is<AppendBatch>(batch => batch.ThreadId == "u"), Token)).ReturnsAsync(new AppendResult("u", [], 0));
        operations.Setup(it => it.CompleteAsync(It.IsAny<string>(), 1, It.IsAny<RawJson>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync((string id, int _, RawJson _, DateTimeOffset _, CancellationToken _) =>
        {
            lock (done)
            {
                done.Add(id);
            }

            if (id == "b1")
            {
                other.SetResult();
            }

            return true;
        });

        Assert.Equal(3, await Runner.RunDueAsync(Token).WaitAsync(TimeSpan.FromSeconds(30), Token));
        Assert.Equal(["b1", "a1", "a2"], done);
    }

    [Fact]
    public async Task A_claim_waits_for_what_the_last_one_took()
    {
        var (claims, first) = (0, new TaskCompletionSource<IReadOnlyList<Operation>>());
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).Returns(() => ++claims == 1 ? first.Task : Task.FromResult<IReadOnlyList<Operation>>([]));
        var runner = Runner;

        var runs = new[] { runner.RunDueAsync(Token), runner.RunDueAsync(Token) };

        Assert.Equal(1, claims);
        first.SetResult([]);
        await Task.WhenAll(runs);
        Assert.Equal(2, claims);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_given_up_is_put_on_the_poison_queue_before_the_store_says_so_and_fails_there_in_any_case(bool isThere)
    {
        Due(Operation());
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new RefusedException(ErrorCode.MessageConflict, "Taken."));
        var transport = new Mock<IOperationTransport>(MockBehavior.Strict);
        transport.Setup(it => it.TryPoisonAsync(new GivenUp(null, null, "o", 1, new OperationError("message_conflict", "Taken.")), Token))
            .Callback(() => Assert.Empty(failures)).ReturnsAsync(isThere);

        await new RunOperations(operations.Object, new AppendMessages(store.Object, clock), options, clock, transport: transport.Object).RunDueAsync(Token);

        Assert.Single(failures);
        transport.VerifyAll();
    }

    [Fact]
    public async Task What_is_tried_again_is_not_put_on_the_poison_queue()
    {
        Due(Operation());
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "append", true, "locked"));
        var transport = new Mock<IOperationTransport>(MockBehavior.Strict);

        await new RunOperations(operations.Object, new AppendMessages(store.Object, clock), options, clock, transport: transport.Object).RunDueAsync(Token);

        Assert.NotNull(Assert.Single(failures).RetryAt);
    }

    [Theory]
    [InlineData(OperationStatus.Succeeded, "append", 1, null)]
    [InlineData(OperationStatus.Failed, "append", 5, null)]
    [InlineData(OperationStatus.Running, "append", 1, 30)] // another worker's, for as long as its lease
    [InlineData(OperationStatus.Queued, "append", 3, 8)] // for its next attempt
    [InlineData(OperationStatus.Running, "reembed", 0, 2)] // it looks in from time to time
    public async Task Running_until_an_operation_has_ended_says_when_to_ask_again(OperationStatus status, string kind, int attempts, int? seconds)
    {
        operations.Setup(it => it.FindAsync("o", Token)).ReturnsAsync(Operation(attempts: attempts) with { Status = status, Kind = kind });
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), CancellationToken.None)).ReturnsAsync([]);

        Assert.Equal(seconds is { } some ? TimeSpan.FromSeconds(some) : null, await Runner.RunUntilEndedAsync("o", Token));
    }

    [Fact]
    public async Task An_operation_that_is_gone_has_ended()
    {
        operations.Setup(it => it.FindAsync("gone", Token)).ReturnsAsync((Operation?)null);

        Assert.Null(await Runner.RunUntilEndedAsync("gone", Token));
    }

    [Fact]
    public async Task The_lease_is_the_options()
    {
        options.LeaseSeconds = 77;
        operations.Setup(it => it.ClaimAsync(RunOperations.BatchSize, TimeSpan.FromSeconds(77), clock.GetUtcNow(), Token)).ReturnsAsync([]);

        Assert.Equal(0, await Runner.RunDueAsync(Token));
    }

    [Fact]
    public async Task A_refused_append_fails_for_good_with_its_code()
    {
        Due(Operation());
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new RefusedException(ErrorCode.MessageConflict, "Taken."));

        await Runner.RunDueAsync(Token);

        Assert.Equal([("o", 1, new OperationError("message_conflict", "Taken."), null)], failures);
    }

    [Theory]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(4, 16)]
    [InlineData(5, null)]
    public async Task A_fault_of_the_store_is_tried_again_later_and_later_until_the_last_attempt(int attempt, int? seconds)
    {
        Due(Operation(attempts: attempt));
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "append", true, "locked"));

        await Runner.RunDueAsync(Token);

        DateTimeOffset? retryAt = seconds is { } after ? clock.GetUtcNow().AddSeconds(after) : null;
        Assert.Equal([("o", attempt, new OperationError("backend_unavailable", "locked"), retryAt)], failures);
    }

    [Fact]
    public async Task The_wait_ends_at_five_minutes()
    {
        options.MaxAttempts = 100;
        Due(Operation(attempts: 60));
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "append", true, "locked"));

        await Runner.RunDueAsync(Token);

        Assert.Equal(clock.GetUtcNow().AddMinutes(5), Assert.Single(failures).RetryAt);
    }

    [Fact]
    public async Task An_operation_whose_workers_keep_dying_is_given_up_without_another_try()
    {
        Due(Operation(attempts: options.MaxAttempts + 1));

        await Runner.RunDueAsync(Token);

        var (_, attempt, error, retryAt) = Assert.Single(failures);
        Assert.Equal((options.MaxAttempts + 1, "backend_unavailable", null), (attempt, error.Code, retryAt));
        store.VerifyNoOtherCalls();
    }

    [Theory]
    [InlineData("append", null)]
    [InlineData("append", "null")]
    [InlineData("append", "{}")]
    [InlineData("append", """{"messages":[],"unknown":1}""")]
    [InlineData("append", """{"messages":[]}""")]
    [InlineData("append", """{"messages":[{"role":"robot","content":"x"}]}""")]
    [InlineData("forget", Payload)]
    public async Task What_cannot_be_understood_fails_for_good_and_holds_up_nothing(string kind, string? payload)
    {
        Due(Operation("bad") with { Kind = kind, Payload = payload is null ? null : new RawJson(payload) }, Operation("good"));
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ReturnsAsync(new AppendResult("t", [], 0));
        operations.Setup(it => it.CompleteAsync("good", 1, It.IsAny<RawJson>(), clock.GetUtcNow(), Token)).ReturnsAsync(true);

        await Runner.RunDueAsync(Token);

        var (id, _, error, retryAt) = Assert.Single(failures);
        Assert.Equal(("bad", "invalid_request", null), (id, error.Code, retryAt));
        operations.Verify(it => it.CompleteAsync("good", 1, It.IsAny<RawJson>(), clock.GetUtcNow(), Token), Times.Once);
    }

    [Fact]
    public async Task A_cancelled_run_leaves_the_operation_to_the_next_worker()
    {
        Due(Operation());
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(new OperationCanceledException());

        await Assert.ThrowsAsync<OperationCanceledException>(() => Runner.RunDueAsync(Token));

        Assert.Empty(failures);
    }

    [Fact]
    public async Task A_purge_goes_on_until_nothing_is_left()
    {
        options.RetentionHours = 48;
        var left = new Queue<int>([1_000, 1_000, 12, 0]);
        operations.Setup(it => it.PurgeAsync(clock.GetUtcNow().AddHours(-48), 1_000, Token)).ReturnsAsync(left.Dequeue);

        await Runner.PurgeAsync(Token);

        Assert.Empty(left);
    }

    private void Due(params Operation[] due)
    {
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync(due);
        operations.Setup(it => it.FailAsync(It.IsAny<string>(), It.IsAny<int>(), It.IsAny<OperationError>(), It.IsAny<DateTimeOffset?>(), clock.GetUtcNow(), Token))
            .Callback((string id, int attempt, OperationError error, DateTimeOffset? retryAt, DateTimeOffset _, CancellationToken _) => failures.Add((id, attempt, error, retryAt)))
            .ReturnsAsync(true);
    }

    private Operation Operation(string id = "o", int attempts = 1) =>
        Drafts.Operation(id, clock.GetUtcNow(), "t", "r", Payload) with { Status = OperationStatus.Running, Attempts = attempts };
}
