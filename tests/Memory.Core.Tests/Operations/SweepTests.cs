using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class SweepTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 1, 0, TimeSpan.Zero));
    private readonly Mock<IOperationStore> operations = new();
    private readonly Mock<IUpkeep> first = new(), second = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_takes_what_is_due_until_nothing_is()
    {
        var left = new Queue<IReadOnlyList<Operation>>([[Unknown("a"), Unknown("b")], [Unknown("c")], []]);
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync(left.Dequeue);

        await SweepAsync();

        Assert.Empty(left);
        operations.Verify(it => it.FailAsync(It.IsAny<string>(), 1, It.IsAny<OperationError>(), null, clock.GetUtcNow(), Token), Times.Exactly(3));
    }

    [Fact]
    public async Task It_stops_in_time_for_its_host_and_leaves_the_rest_to_the_next()
    {
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync(() =>
        {
            clock.Advance(TimeSpan.FromMinutes(1));
            return [Unknown("a")];
        });

        await SweepAsync();

        operations.Verify(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token), Times.Exactly(4));
    }

    [Theory]
    [InlineData(9, 0)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    public async Task Every_ten_minutes_it_removes_what_is_over_and_looks_after_the_storage(int minute, int times)
    {
        clock.SetUtcNow(new DateTimeOffset(2030, 1, 1, 0, minute, 30, TimeSpan.Zero));
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync([]);

        await SweepAsync();

        operations.Verify(it => it.PurgeAsync(It.IsAny<DateTimeOffset>(), It.IsAny<int>(), Token), Times.Exactly(times));
        first.Verify(it => it.RunAsync(Token), Times.Exactly(times));
    }

    [Fact]
    public async Task What_fails_holds_up_nothing_else()
    {
        clock.SetUtcNow(new DateTimeOffset(2030, 1, 1, 0, 20, 0, TimeSpan.Zero));
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "claim", true, "locked"));
        operations.Setup(it => it.PurgeAsync(It.IsAny<DateTimeOffset>(), It.IsAny<int>(), Token)).ThrowsAsync(new MemoryStoreException("libsql", "purge", true, "locked"));
        first.Setup(it => it.RunAsync(Token)).ThrowsAsync(new InvalidOperationException("a bug"));

        await SweepAsync();

        second.Verify(it => it.RunAsync(Token), Times.Once);
    }

    [Fact]
    public async Task How_many_messages_await_their_vectors_is_a_metric()
    {
        ConcurrentBag<long> measured = [];
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument is { Name: "memory.embeddings.pending", Meter.Name: "Memory" })
            {
                self.EnableMeasurementEvents(instrument);
            }
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => measured.Add(value));
        listener.Start();
        operations.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync([]);
        var store = new Mock<IEmbeddingStore>();
        store.Setup(it => it.ClaimAsync(It.IsAny<int>(), It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync([]);
        store.Setup(it => it.CountAsync(Token)).ReturnsAsync(7_654_321);
        var options = new EmbeddingOptions();
        using var generator = new ScriptedGenerator();
        var embed = new EmbedMessages(new Embedder(generator, options), store.Object, Mock.Of<IEmbeddingSignal>(), options, clock, NullLogger<EmbedMessages>.Instance);

        await SweepAsync(embed);

        Assert.Contains(7_654_321, measured);
    }

    private Task SweepAsync(EmbedMessages? embed = null)
    {
        var run = new RunOperations(operations.Object, new AppendMessages(Mock.Of<IMessageStore>(), clock), new OperationOptions(), clock);
        return new Sweep(run, [first.Object, second.Object], clock, NullLogger<Sweep>.Instance, embed).RunAsync(Token);
    }

    private Operation Unknown(string id) => new() { Id = id, Kind = "unknown", Status = OperationStatus.Running, Attempts = 1, CreatedAt = clock.GetUtcNow(), UpdatedAt = clock.GetUtcNow() };
}
