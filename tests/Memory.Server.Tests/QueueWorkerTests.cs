using System.Collections.Concurrent;
using Memory.Http;
using Memory.Queues;
using Memory.Queues.Tests;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Server.Tests;

/// <summary>What the worker does with messages, whoever handles them.</summary>
public sealed class QueueWorkerTests : IAsyncDisposable
{
    private readonly Azurite azurite = new(Azurite.Account);
    private readonly ConcurrentQueue<QueueDelivery> deliveries = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_message_whose_handling_takes_longer_than_the_lease_is_nobody_elses()
    {
        using var worker = await StartAsync(delivery => Task.Delay(TimeSpan.FromSeconds(5), CancellationToken.None));
        await UntilAsync(() => !deliveries.IsEmpty);

        for (var looks = 0; looks < 8; looks++)
        {
            Assert.Null((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value);
            await Task.Delay(500, Token);
        }

        await UntilAsync(async () => await Azurite.CountAsync(azurite.Operations) == 0);
        await worker.StopAsync(Token);
        Assert.Equal(1, Assert.Single(deliveries).Deliveries);
    }

    [Fact]
    public async Task A_message_whose_handling_failed_comes_again_after_a_while_and_is_the_same()
    {
        using var worker = await StartAsync(delivery => delivery.Deliveries < 3 ? throw new InvalidOperationException("a bug") : Task.CompletedTask);

        await UntilAsync(async () => await Azurite.CountAsync(azurite.Operations) == 0);

        await worker.StopAsync(Token);
        Assert.Equal([1, 2, 3], deliveries.Select(delivery => delivery.Deliveries));
        Assert.Single(deliveries.Select(delivery => (delivery.MessageId, delivery.Text)).Distinct());
    }

    [Fact]
    public async Task A_worker_that_is_told_to_stop_gives_back_what_it_cannot_finish()
    {
        using var worker = await StartAsync((_, stoppingToken) => Task.Delay(Timeout.InfiniteTimeSpan, stoppingToken));
        await UntilAsync(() => !deliveries.IsEmpty);

        await worker.StopAsync(Token);

        Assert.NotNull((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value); // at once, and not when the lease is over
    }

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    private Task<QueueWorker> StartAsync(Func<QueueDelivery, Task> handle) => StartAsync((delivery, _) => handle(delivery));

    private async Task<QueueWorker> StartAsync(Func<QueueDelivery, CancellationToken, Task> handle)
    {
        var (options, queues) = (azurite.Options, QueueServices.Open(azurite.Options));
        (options.LeaseSeconds, options.RetrySeconds, options.PollSeconds) = (2, 1, 0.2);
        await queues.Operations.PutAsync("text", TimeSpan.Zero, lifetime: null, Token);
        var worker = new QueueWorker(
            queues.Operations,
            (delivery, stoppingToken) =>
            {
                deliveries.Enqueue(delivery);
                return handle(delivery, stoppingToken);
            },
            options, TimeProvider.System, NullLogger<QueueWorker>.Instance);
        await worker.StartAsync(Token);
        return worker;
    }

    private static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); !await condition(); await Task.Delay(50, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, "It did not come to that.");
        }
    }
}
