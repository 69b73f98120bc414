using Memory.Conformance;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class EmbedMessagesTests : IDisposable
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly EmbeddingSpace Space = new("test-model", 3);
    private readonly ScriptedGenerator generator = new();
    private readonly Mock<IEmbeddingStore> store = new(MockBehavior.Strict);
    private readonly Mock<IEmbeddingSignal> signal = new();
    private readonly FakeTimeProvider clock = new(Start);
    private readonly EmbeddingOptions options = new();
    private readonly List<MessageVectors> stored = [];
    private readonly List<(IReadOnlyList<PendingMessage> Messages, DateTimeOffset DueAt)> postponed = [];

    public EmbedMessagesTests()
    {
        store.Setup(it => it.FindSpaceAsync(It.IsAny<CancellationToken>())).ReturnsAsync((EmbeddingSpace?)null);
        store.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .Callback((EmbeddingSpace _, IReadOnlyList<MessageVectors> messages, DateTimeOffset _, CancellationToken _) => stored.AddRange(messages))
            .ReturnsAsync((EmbeddingSpace _, IReadOnlyList<MessageVectors> messages, DateTimeOffset _, CancellationToken _) => messages.Count);
        store.Setup(it => it.PostponeAsync(It.IsAny<IReadOnlyList<PendingMessage>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .Callback((IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken _) => postponed.Add((messages, dueAt)))
            .Returns(Task.CompletedTask);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => generator.Dispose();

    [Fact]
    public async Task Messages_and_the_question_of_a_turn_are_one_call()
    {
        var (batch, asked) = await Embed().EmbedAsync(Batch(Drafts.Message("a", "one", name: "Ada"), Drafts.Message("b", "")), inline: true, "question", Token);

        Assert.Equal(["Ada: one", "question"], generator.Calls.Single());
        Assert.Equal([3, 0], batch.Embedded?.Vectors.Select(vectors => vectors.Length));
        Assert.Equal((Space, Space), (batch.Embedded?.Space, asked?.Vector?.Space));
        Assert.Equal(["a", "b"], batch.Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Left_to_the_worker_only_the_question_is_embedded_and_the_messages_are_due_at_once()
    {
        var (batch, asked) = await Embed().EmbedAsync(Batch("one"), inline: false, "question", Token);

        Assert.Equal(["question"], generator.Calls.Single());
        Assert.Equal((null, Start), (batch.Embedded, batch.EmbeddingDueAt));
        Assert.NotNull(asked?.Vector);
    }

    [Fact]
    public async Task An_embedder_that_fails_leaves_the_messages_to_the_worker_and_the_question_to_its_words()
    {
        generator.Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "it is down");

        var (batch, asked) = await Embed().EmbedAsync(Batch("one", "two"), inline: true, "question", Token);

        Assert.Equal((null, Start), (batch.Embedded, batch.EmbeddingDueAt));
        Assert.Equal((null, "it is down"), (asked?.Vector, asked?.Failure));
    }

    [Fact]
    public async Task A_bug_of_the_embedder_is_its_failure_too()
    {
        generator.Answer = (_, _) => throw new InvalidOperationException("plugged in wrongly");

        Assert.Null((await Embed().EmbedAsync(Batch("one"), inline: true, question: null, Token)).Batch.Embedded);
    }

    [Theory]
    [InlineData(true)] // it listens to its token
    [InlineData(false)] // it does not
    public async Task A_slow_embedder_is_waited_for_no_longer_than_the_limit(bool listens)
    {
        generator.Answer = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, listens ? token : Token);
            return [];
        };

        foreach (var (question, limit) in ((string?, double)[])[(null, options.InlineTimeoutSeconds), ("question", options.QueryTimeoutSeconds)])
        {
            var embedding = Embed().EmbedAsync(Batch("one"), inline: true, question, Token);
            clock.Advance(TimeSpan.FromSeconds(limit - 0.01));
            Assert.False(embedding.IsCompleted);
            clock.Advance(TimeSpan.FromSeconds(0.02));

            Assert.Null((await embedding).Batch.Embedded);
        }
    }

    [Fact]
    public async Task What_an_embedder_takes_to_tell_its_dimensions_counts_too()
    {
        using var unknown = new ScriptedGenerator(dimensions: null);
        unknown.Answer = async (_, _) =>
        {
            await Task.Delay(Timeout.Infinite, Token);
            return [];
        };

        var embedding = Embed(unknown).EmbedAsync(Batch(""), inline: true, question: null, Token);
        clock.Advance(TimeSpan.FromSeconds(options.InlineTimeoutSeconds + 0.01));

        Assert.Null((await embedding).Batch.Embedded);
        Assert.Single(unknown.Calls);
    }

    [Fact]
    public async Task An_empty_question_asks_for_nothing()
    {
        using var unknown = new ScriptedGenerator(dimensions: null);

        Assert.Equal("the question is empty", (await Embed(unknown).EmbedAsync(" ", Token))?.Failure);
        Assert.Empty(unknown.Calls);
    }

    [Fact]
    public async Task An_embedder_that_hangs_is_not_waited_for_by_everybody()
    {
        generator.Answer = async (_, token) =>
        {
            await Task.Delay(Timeout.Infinite, token);
            return [];
        };
        var embed = Embed();
        for (var time = 0; time < 2; time++)
        {
            var waiting = embed.EmbedAsync("question", Token);
            clock.Advance(TimeSpan.FromSeconds(options.QueryTimeoutSeconds));
            await waiting;
        }

        // At once, without asking: the clock stands still.
        var (batch, asked) = await embed.EmbedAsync(Batch("one"), inline: true, "question", Token);
        Assert.Equal((null, null, 2), (batch.Embedded, asked?.Vector, generator.Calls.Count));

        generator.Answer = (texts, _) => Task.FromResult(texts.Select(_ => new float[] { 1, 0, 0 }));
        clock.Advance(TimeSpan.FromSeconds(6));
        Assert.NotNull((await embed.EmbedAsync(Batch("one"), inline: true, question: null, Token)).Batch.Embedded);
        Assert.NotNull((await embed.EmbedAsync("another", Token))?.Vector);
    }

    [Fact]
    public async Task A_caller_that_goes_away_is_not_an_embedders_failure()
    {
        using var caller = new CancellationTokenSource();
        generator.Answer = (_, token) => Task.Delay(Timeout.Infinite, token).ContinueWith<IEnumerable<float[]>>(_ => throw new OperationCanceledException(token), TaskScheduler.Default);

        var embedding = Embed().EmbedAsync(Batch("one"), inline: true, question: null, caller.Token);
        await caller.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => embedding);
    }

    [Theory]
    [InlineData(EmbeddingMode.Inline, 1)]
    [InlineData(EmbeddingMode.Queued, 0)]
    public async Task An_edited_message_is_embedded_where_appends_are(EmbeddingMode mode, int calls)
    {
        options.Mode = mode;

        var embedded = await Embed().EmbedAsync(Conversation.Text("t", 1, "one") with { Name = "Ada" }, Token);

        Assert.Equal(calls, embedded?.Vectors.Count ?? 0);
        Assert.Equal(Enumerable.Repeat("Ada: one", calls), generator.Calls.SelectMany(texts => texts));
    }

    [Fact]
    public async Task The_worker_is_told_only_when_something_waits()
    {
        await Embed().AnnounceAsync(pending: 0, Token);
        signal.VerifyNoOtherCalls();

        await Embed().AnnounceAsync(pending: 2, Token);
        signal.Verify(it => it.AnnounceAsync(Token), Times.Once);
    }

    [Fact]
    public async Task Vectors_that_cannot_be_stored_are_postponed()
    {
        store.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(new MemoryStoreException("test", "store vectors", true, "locked"));
        Claims([Pending(1, "one")]);

        Assert.Equal(0, await Embed().RunDueAsync(Token));

        Assert.Single(postponed);
    }

    [Fact]
    public async Task Due_messages_are_embedded_in_one_call()
    {
        Claims([Pending(1, "one"), Pending(2, "two")]);

        Assert.Equal(2, await Embed().RunDueAsync(Token));

        Assert.Equal(["one", "two"], generator.Calls.Single());
        Assert.Equal([1L, 2L], stored.Select(item => item.Message.Position));
    }

    [Fact]
    public async Task What_fails_is_tried_again_later_and_later_up_to_a_bound()
    {
        generator.Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "it is down");
        Claims([Pending(1, "one", attempts: 1), Pending(2, "two", attempts: 3), Pending(3, "three", attempts: 50)]);

        Assert.Equal(0, await Embed().RunDueAsync(Token));

        Assert.Equal([(1L, 1.0), (2L, 4.0), (3L, 60.0)], postponed.Select(item => (item.Messages.Single().Message.Position, (item.DueAt - Start).TotalSeconds)));
    }

    [Theory]
    [InlineData(30, 30)]
    [InlineData(86_400, 60)]
    public async Task A_wait_the_service_asks_for_is_honoured_up_to_the_bound(int asked, int waited)
    {
        generator.Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "too many requests", TimeSpan.FromSeconds(asked));
        Claims([Pending(1, "one", attempts: 1)]);

        await Embed().RunDueAsync(Token);

        Assert.Equal(waited, (postponed.Single().DueAt - Start).TotalSeconds);
    }

    [Fact]
    public async Task With_another_embedder_than_the_stored_one_nothing_is_claimed_or_asked()
    {
        store.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(new EmbeddingSpace("another", 3));

        var embed = Embed();
        Assert.Equal(0, await embed.RunDueAsync(Token)); // a claim would throw: nothing is set up
        Assert.Null((await embed.EmbedAsync(Batch("one"), inline: true, question: null, Token)).Batch.Embedded);
        Assert.Empty(generator.Calls);

        // Moved to this one meanwhile.
        store.Setup(it => it.FindSpaceAsync(Token)).ReturnsAsync(Space);
        Claims([]);
        await embed.RunDueAsync(Token);
        Assert.NotNull((await embed.EmbedAsync(Batch("one"), inline: true, question: null, Token)).Batch.Embedded);
    }

    [Fact]
    public async Task Vectors_refused_for_their_dimensions_are_postponed()
    {
        store.Setup(it => it.PutAsync(It.IsAny<EmbeddingSpace>(), It.IsAny<IReadOnlyList<MessageVectors>>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()))
            .ThrowsAsync(RefusedException.OtherSpace(new EmbeddingSpace("test-model", 6), Space));
        Claims([Pending(1, "one")]);

        Assert.Equal(0, await Embed().RunDueAsync(Token));

        Assert.Single(postponed);
    }

    private static PendingMessage Pending(long position, string text, string? name = null, int attempts = 1) =>
        new(new MessageVersion("t", position, $"m{position}", MessageRole.User, default, 1, new byte[16]), name, text, attempts);

    private void Claims(IReadOnlyList<PendingMessage> messages) =>
        store.SetupSequence(it => it.ClaimAsync(options.BatchMessages, It.IsAny<TimeSpan>(), Start, Token)).ReturnsAsync(messages).ReturnsAsync([]);

    private AppendBatch Batch(params IReadOnlyList<string> texts) => Batch([.. texts.Select(text => Drafts.Message(null, text))]);

    private AppendBatch Batch(params IReadOnlyList<MessageInput> messages) =>
        new AppendMessages(Mock.Of<IMessageStore>(), clock).Prepare("t", new AppendRequest { Messages = messages });

    private EmbedMessages Embed(ScriptedGenerator? by = null) =>
        new(new Embedder(by ?? generator, options), store.Object, signal.Object, options, clock, NullLogger<EmbedMessages>.Instance);
}
