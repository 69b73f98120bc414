using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class TraceOfOperationsTests
{
    private const string Request = """{"resourceId":"r","messages":[{"id":"m","role":"user","content":"hi","createdAt":"2029-01-01T00:00:00Z"}]}""";

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IOperationStore> operations = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_keeps_the_trace_of_a_caller_who_records_and_runs_within_it()
    {
        using var listener = Listen(out var spans);
        using var caller = new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        var kept = await AcceptAsync();
        Activity.Current = null; // the worker is somewhere else

        await RunAsync(kept);

        var run = Assert.Single(spans, span => span.OperationName == "run operation" && span.TraceId == caller.TraceId);
        Assert.Equal((caller.SpanId, "append"), (run.ParentSpanId, run.GetTagItem("memory.operation.kind")));
        Assert.Contains(spans, span => span.OperationName == "append" && span.ParentSpanId == run.SpanId);
    }

    [Fact]
    public async Task Within_another_trace_it_runs_in_its_own_and_links_to_that()
    {
        using var listener = Listen(out var spans);
        using var worker = new Activity("worker") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        var trace = ActivityTraceId.CreateRandom();

        await RunAsync($$"""{"traceparent":"00-{{trace}}-{{ActivitySpanId.CreateRandom()}}-01",{{Request[1..]}}""");

        var run = Assert.Single(spans, span => span.OperationName == "run operation" && span.TraceId == trace);
        Assert.Equal(worker.SpanId, Assert.Single(run.Links).Context.SpanId);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\"traceparent\":null,")]
    [InlineData("\"traceparent\":\"nonsense\",")]
    public async Task What_was_kept_without_a_trace_runs_too(string traceparent)
    {
        using var listener = Listen(out _);

        await RunAsync("{" + traceparent + Request[1..]);

        store.VerifyAll();
        operations.Verify(it => it.CompleteAsync("o", 1, It.IsAny<RawJson>(), It.IsAny<DateTimeOffset>(), Token), Times.Once);
    }

    [Fact]
    public void An_announcement_carries_the_trace_that_runs_here()
    {
        using var caller = new Activity("caller") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();

        var operation = JsonSerializer.Deserialize(Decode(OperationMessage.Announce("o")), CoreJson.Default.OperationMessage);

        Assert.Equal(("o", caller.Id), (operation?.OperationId, operation?.Traceparent));
        Assert.Equal(caller.Id, EmbeddingMessage.FindTraceparent(EmbeddingMessage.Announce()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("<not base64>")]
    [InlineData("bm9uc2Vuc2U=")]
    [InlineData("eyJ2ZXJzaW9uIjoxfQ==")]
    public void A_wake_up_that_says_nothing_belongs_to_no_trace(string text) => Assert.Null(EmbeddingMessage.FindTraceparent(text));

    private async Task<string> AcceptAsync()
    {
        string? payload = null;
        operations.Setup(it => it.AcceptAsync(It.IsAny<Operation>(), Token)).ReturnsAsync((Operation operation, CancellationToken _) =>
        {
            payload = operation.Payload?.Text;
            return operation;
        });
        var request = JsonSerializer.Deserialize(Request, CoreJson.Default.AppendRequest)!; // not the literal null
        var batch = new AppendMessages(store.Object, clock).Prepare("t", request);
        await new AcceptOperations(operations.Object, Mock.Of<IOperationSignal>(), clock).AcceptAppendAsync(request, batch, idempotencyKey: null, Token);
        return payload ?? throw new InvalidOperationException("Nothing was kept.");
    }

    private async Task RunAsync(string payload)
    {
        store.Setup(it => it.AppendAsync(It.Is<AppendBatch>(batch => batch.Messages.Single().Id == "m"), Token)).ReturnsAsync(new AppendResult("t", [], 0));
        var operation = new Operation { Id = "o", Kind = AcceptOperations.AppendKind, ThreadId = "t", Payload = new RawJson(payload), Attempts = 1, CreatedAt = clock.GetUtcNow(), UpdatedAt = clock.GetUtcNow() };
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync([operation]);
        using var runner = new RunOperations(operations.Object, new AppendMessages(store.Object, clock), new OperationOptions(), clock);
        Assert.Equal(1, await runner.RunDueAsync(Token));
    }

    private static ActivityListener Listen(out IReadOnlyCollection<Activity> spans)
    {
        var seen = new System.Collections.Concurrent.ConcurrentQueue<Activity>();
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == Telemetry.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = seen.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
        spans = seen;
        return listener;
    }

    private static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
