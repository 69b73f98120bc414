using Memory.Core;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Embeddings.Tests;

public sealed class RetryingTests : IDisposable
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Queue<EmbeddingException?> script = new();
    private readonly Scripted inner;

    public RetryingTests() => inner = new Scripted(texts => script.TryDequeue(out var failure) && failure is not null ? throw failure : texts.Select(Scripted.VectorOf));

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task A_transient_failure_is_tried_again_after_a_growing_pause()
    {
        using var generator = Create();
        Fail(3);
        var call = generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(inner.Calls);
        Assert.False(call.IsCompleted);
        Assert.Equal(Scripted.VectorOf("a"), (await Passing(call))[0].Vector.ToArray());
        Assert.Equal(4, inner.Calls.Count);
    }

    [Fact]
    public async Task The_last_failure_is_thrown_when_the_tries_are_used_up()
    {
        using var generator = Create();
        Fail(9);
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => Passing(generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken)));
        Assert.Equal("scripted fault", failure.Reason);
        Assert.Equal(4, inner.Calls.Count);
    }

    [Fact]
    public async Task No_retries_means_one_try()
    {
        using var generator = Create(options => options.Retries = 0);
        Fail(1);
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Single(inner.Calls);
    }

    [Fact]
    public async Task A_permanent_failure_is_not_tried_again()
    {
        using var generator = Create();
        script.Enqueue(Scripted.Fault(isTransient: false));
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Single(inner.Calls);
    }

    [Fact]
    public async Task The_wait_a_service_asks_for_is_kept_to_the_second()
    {
        using var generator = Create();
        script.Enqueue(Scripted.Fault(retryAfter: TimeSpan.FromSeconds(20)));
        var call = generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(19.9));
        Assert.Single(inner.Calls);
        clock.Advance(TimeSpan.FromSeconds(0.1));
        await call;
        Assert.Equal(2, inner.Calls.Count);
    }

    [Fact]
    public async Task A_wait_above_the_cap_is_the_callers()
    {
        using var generator = Create();
        script.Enqueue(Scripted.Fault(retryAfter: TimeSpan.FromSeconds(21)));
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromSeconds(21), failure.RetryAfter);
        Assert.True(failure.IsTransient);
        Assert.Single(inner.Calls);
    }

    [Fact]
    public async Task A_service_that_keeps_failing_is_left_alone_for_a_while_and_then_tried_once()
    {
        using var generator = Create(options => (options.Retries, options.BreakerFailures, options.BreakerSeconds) = (0, 4, 15));
        Fail(5);
        for (var i = 0; i < 4; i++)
        {
            await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        }

        clock.Advance(TimeSpan.FromSeconds(5));
        var left = await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(4, inner.Calls.Count);
        Assert.True(left.IsTransient);
        Assert.Equal(TimeSpan.FromSeconds(10), left.RetryAfter);
        Assert.Contains("scripted fault", left.Reason, StringComparison.Ordinal);
        Assert.Equal("scripted", left.Embedder);

        // The one try fails, so it is left alone again; the next succeeds, and all is well.
        clock.Advance(TimeSpan.FromSeconds(10));
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(5, inner.Calls.Count);
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Equal(5, inner.Calls.Count);
        clock.Advance(TimeSpan.FromSeconds(15));
        await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(7, inner.Calls.Count);
    }

    [Fact]
    public async Task Permanent_failures_do_not_count_as_the_service_failing()
    {
        using var generator = Create(options => (options.Retries, options.BreakerFailures) = (0, 2));
        for (var i = 0; i < 6; i++)
        {
            script.Enqueue(Scripted.Fault(isTransient: false));
            await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        }

        Assert.Equal(6, inner.Calls.Count);
    }

    [Fact]
    public async Task A_caller_who_gives_up_during_a_pause_is_let_go()
    {
        using var generator = Create();
        Fail(1);
        using CancellationTokenSource caller = new();
        var call = generator.GenerateAsync(["a"], cancellationToken: caller.Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Single(inner.Calls);
    }

    private RetryingEmbeddingGenerator Create(Action<EmbeddingServiceOptions>? change = null)
    {
        EmbeddingServiceOptions options = new();
        change?.Invoke(options);
        return new RetryingEmbeddingGenerator(inner, options, clock);
    }

    private void Fail(int times)
    {
        for (var i = 0; i < times; i++)
        {
            script.Enqueue(Scripted.Fault());
        }
    }

    // Lets time pass until the call is done; every pause is shorter than all of it.
    private async Task<T> Passing<T>(Task<T> call)
    {
        for (var i = 0; i < 10_000 && !call.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        return await call.WaitAsync(TimeSpan.FromSeconds(30));
    }
}
