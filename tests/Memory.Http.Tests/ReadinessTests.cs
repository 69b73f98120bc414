using Memory.Core;
using Microsoft.Extensions.Options;
using Moq;

namespace Memory.Http.Tests;

public sealed class ReadinessTests
{
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IReadiness> queue = new(MockBehavior.Strict);
    private TaskCompletionSource answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int looks;

    public ReadinessTests()
    {
        store.Setup(it => it.CheckAsync(It.IsAny<CancellationToken>())).Returns(() =>
        {
            looks++;
            return answer.Task;
        });
        queue.Setup(it => it.CheckAsync(It.IsAny<CancellationToken>())).Returns(Task.CompletedTask);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Probes_that_come_at_once_share_one_look_whoever_of_them_hangs_up()
    {
        var readiness = Readiness(keepSeconds: 0);
        using var gone = new CancellationTokenSource();
        var (first, second) = (readiness.CheckAsync(gone.Token), readiness.CheckAsync(Token));

        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetResult();
        await second;

        Assert.Equal(1, looks);
        await readiness.CheckAsync(Token);
        Assert.Equal(2, looks);
    }

    [Fact]
    public async Task An_answer_holds_for_a_while_a_bad_one_too()
    {
        var fault = new MemoryStoreException("queue", "look at the queue", isTransient: true, "it is away");
        queue.Setup(it => it.CheckAsync(It.IsAny<CancellationToken>())).ThrowsAsync(fault);
        answer.SetResult();
        var readiness = Readiness(keepSeconds: 60);

        for (var probe = 0; probe < 3; probe++)
        {
            Assert.Same(fault, await Assert.ThrowsAsync<MemoryStoreException>(() => readiness.CheckAsync(Token)));
        }

        Assert.Equal(1, looks);
    }

    [Fact]
    public async Task What_is_back_is_ready_again()
    {
        var readiness = Readiness(keepSeconds: 0);
        answer.SetException(new MemoryStoreException("store", "give a sign of life", isTransient: true, "it is away"));
        await Assert.ThrowsAsync<MemoryStoreException>(() => readiness.CheckAsync(Token));

        answer = new TaskCompletionSource();
        answer.SetResult();
        await readiness.CheckAsync(Token);
    }

    private Readiness Readiness(double keepSeconds) => new(store.Object, [queue.Object], Options.Create(new HttpOptions { ReadyCacheSeconds = keepSeconds }), TimeProvider.System);
}
