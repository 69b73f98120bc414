using Microsoft.Extensions.Time.Testing;

namespace Memory.Queues.Tests;

public sealed class EmbeddingSignalTests : IAsyncDisposable
{
    private readonly Azurite azurite = new(Azurite.Account);
    private readonly FakeTimeProvider clock = new();
    private readonly Logs logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_burst_is_one_wake_up_and_what_comes_after_it_was_seen_is_another()
    {
        var signal = Signal();

        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => signal.AnnounceAsync(Token)));
        Assert.Equal(1, await Azurite.CountAsync(azurite.Embeddings));

        clock.Advance(EmbeddingSignal.Delay - TimeSpan.FromMilliseconds(1));
        await signal.AnnounceAsync(Token);
        Assert.Equal(1, await Azurite.CountAsync(azurite.Embeddings)); // nobody has seen the first yet

        clock.Advance(TimeSpan.FromMilliseconds(1));
        await signal.AnnounceAsync(Token);
        Assert.Equal(2, await Azurite.CountAsync(azurite.Embeddings));
    }

    [Fact]
    public async Task A_wake_up_gathers_for_a_moment_before_it_is_seen()
    {
        await Signal().AnnounceAsync(Token);

        Assert.Null((await azurite.Embeddings.ReceiveMessageAsync(cancellationToken: Token)).Value);
        await Task.Delay(1_500, Token);
        Assert.Equal("""{"version":1}""", Service.Decode((await azurite.Embeddings.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText));
    }

    [Fact]
    public async Task A_queue_that_is_away_fails_nobody_and_the_next_one_tries_again()
    {
        azurite.Options.ConnectionString = QueueChannelTests.Refused;
        var signal = Signal();

        await signal.AnnounceAsync(Token);
        await signal.AnnounceAsync(Token);

        Assert.Equal(Enumerable.Repeat("Warning: Messages await their embedding, which could not be announced, so that the sweep will find them: the queue cannot be reached", 2), logs.Lines);
    }

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    private EmbeddingSignal Signal() => new(QueueServices.Open(azurite.Options), azurite.Options, clock, logs.For<EmbeddingSignal>());
}
