using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class AppendMessagesTests : IDisposable
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddTicks(1_234_567));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IEmbeddingSignal> signal = new();
    private readonly ScriptedGenerator generator = new();

    private AppendMessages Append => new(store.Object, clock);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => generator.Dispose();

    [Fact]
    public void A_prepared_message_holds_all_that_a_store_writes()
    {
        var batch = Prepare(Drafts.Message("m", "Hello there", MessageRole.Assistant, "Ada", new DateTimeOffset(2029, 1, 1, 1, 0, 0, TimeSpan.FromHours(1)), """{"a":1}"""));

        var message = Assert.Single(batch.Messages);
        var midnight = new DateTimeOffset(2029, 1, 1, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(("m", MessageRole.Assistant, "Ada", "Hello there", midnight), (message.Id, message.Role, message.Name, message.Content.Text, message.CreatedAt));
        Assert.Equal("""{"a":1}""", message.Metadata?.Text);
        Assert.Equal(MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata), message.Fingerprint);
        Assert.Equal(LexicalEncoder.EncodeMessage("Ada", "Hello there", midnight).ToBytes(), message.Terms);
    }

    [Fact]
    public void A_message_without_a_time_gets_the_appends_to_the_microsecond()
    {
        var batch = Prepare(Drafts.Message("m", "x"));

        Assert.Equal(clock.GetUtcNow().AddTicks(-7), batch.Now);
        Assert.Equal(batch.Now, batch.Messages.Single().CreatedAt);
    }

    [Fact]
    public void What_was_asked_of_the_thread_is_passed_on()
    {
        var batch = Append.Prepare("t", new AppendRequest { ResourceId = "r", ExpectedPosition = 0, Messages = [Drafts.Message("m", "x")] });

        Assert.Equal(("t", "r", 0), (batch.ThreadId, batch.ResourceId, batch.ExpectedPosition));
    }

    [Fact]
    public void Every_wrong_field_is_named_by_its_path()
    {
        var request = new AppendRequest
        {
            ResourceId = "",
            ExpectedPosition = -1,
            Messages =
            [
                Drafts.Message("fine", "x"),
                new MessageInput { Id = "a\0", Role = "User", Name = "", Content = new RawJson("7"), CreatedAt = "today", Metadata = new RawJson("[1]") },
                null!, // JSON may hold one
                new MessageInput { Role = "tool", Name = new string('n', 257), Content = new RawJson("[1]") },
                new MessageInput { Role = "", Name = "line\nfeed", Content = new RawJson("\"x\"") },
            ],
        };

        var refused = Assert.Throws<RefusedException>(() => Append.Prepare(new string('t', 257), request, "key\t", "$.append"));

        Assert.Equal(ErrorCode.InvalidRequest, refused.Code);
        Assert.Equal(
            [
                "$.append.expectedPosition", "$.append.messages[1].content", "$.append.messages[1].createdAt", "$.append.messages[1].id",
                "$.append.messages[1].metadata", "$.append.messages[1].name", "$.append.messages[1].role", "$.append.messages[2]",
                "$.append.messages[3].content", "$.append.messages[3].name", "$.append.messages[4].name", "$.append.messages[4].role",
                "$.append.resourceId", "Idempotency-Key", "threadId",
            ],
            refused.Errors.Keys.Order(StringComparer.Ordinal));
        Assert.All(refused.Errors.Values, problem => Assert.StartsWith("must ", problem, StringComparison.Ordinal));
        Assert.Contains("15 fields are wrong", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_single_wrong_field_is_the_message()
    {
        var refused = Assert.Throws<RefusedException>(() => Prepare(Drafts.Raw("m", "{}")));

        Assert.Equal("$.messages[0].content must be a string or an array of parts.", refused.Message);
    }

    [Fact]
    public void An_append_holds_1_to_1000_messages()
    {
        Assert.Equal("$.messages", Assert.Throws<RefusedException>(() => Prepare()).Errors.Keys.Single());
        Assert.Equal(1_000, Prepare(Drafts.Messages(1_000)).Messages.Count);
        Assert.Equal(ErrorCode.PayloadTooLarge, Assert.Throws<RefusedException>(() => Prepare(Drafts.Messages(1_001))).Code);
    }

    [Fact]
    public void Made_up_ids_sort_by_time_and_differ()
    {
        var ids = Prepare(Drafts.Message(null, "x"), Drafts.Message(null, "x")).Messages.Select(message => message.Id).ToList();

        Assert.Equal(2, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Equal(7, Guid.Parse(id).Version));
    }

    [Fact]
    public void A_key_gives_the_same_ids_to_the_same_places_at_any_time()
    {
        string[] Ids(string key, params MessageInput[] messages) =>
            [.. Append.Prepare("t", new AppendRequest { Messages = messages }, key).Messages.Select(message => message.Id)];

        var first = Ids("key", Drafts.Message(null, "a"), Drafts.Message("given", "b"), Drafts.Message(null, "c"));
        clock.Advance(TimeSpan.FromDays(1));

        Assert.Equal(first, Ids("key", Drafts.Message(null, "a"), Drafts.Message("given", "b"), Drafts.Message(null, "c")));
        Assert.Equal("given", first[1]);
        Assert.NotEqual(first[0], first[2]);
        Assert.Equal(first[2], Ids("key", Drafts.Message("x", "a"), Drafts.Message("y", "b"), Drafts.Message(null, "other"))[2]);
        Assert.Empty(Ids("other key", Drafts.Message(null, "a"), Drafts.Message(null, "b")).Intersect(first));
        Assert.True(Guid.TryParse(first[0], out _));
    }

    [Fact]
    public void A_fixed_request_prepares_the_same_messages_later()
    {
        var request = new AppendRequest { ResourceId = "r", Messages = [Drafts.Message(null, "a"), Drafts.Message("b", "b", createdAt: clock.GetUtcNow().AddDays(-3))] };
        var batch = Append.Prepare("t", request);
        clock.Advance(TimeSpan.FromDays(1));

        var again = Append.Prepare("t", AppendMessages.Fix(request, batch));

        Assert.Equal(batch.Messages.Select(message => (message.Id, message.CreatedAt)), again.Messages.Select(message => (message.Id, message.CreatedAt)));
        Assert.Equal(batch.Messages.Select(message => message.Fingerprint), again.Messages.Select(message => message.Fingerprint));
        Assert.Equal(batch.Messages.Select(message => message.Terms), again.Messages.Select(message => message.Terms));
    }

    [Fact]
    public async Task A_prepared_batch_goes_to_the_store_as_it_is()
    {
        var batch = Prepare(Drafts.Message("m", "x"));
        var result = new AppendResult("t", [], 0);
        store.Setup(it => it.AppendAsync(batch, Token)).ReturnsAsync(result);

        Assert.Same(result, await Append.AppendAsync(batch, Token));
    }

    [Fact]
    public async Task The_embedder_is_asked_before_the_store_and_the_vectors_go_with_the_messages()
    {
        var batch = Prepare(Drafts.Messages(2));
        var stored = Stores(new AppendResult("t", [], PendingEmbeddings: 0));

        await WithEmbedder().AppendAsync(batch, Token);

        var (given, calls) = Assert.Single(stored);
        Assert.Equal((1, 2, new EmbeddingSpace("test-model", 3)), (calls, given.Embedded?.Vectors.Count, given.Embedded?.Space));
        Assert.Equal((batch.Messages, clock.GetUtcNow()), (given.Messages, given.EmbeddingDueAt));
        signal.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task What_the_store_says_is_pending_is_told_to_the_worker()
    {
        generator.Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "it is down");
        var result = new AppendResult("t", [], PendingEmbeddings: 1);
        var stored = Stores(result);

        Assert.Same(result, await WithEmbedder().AppendAsync(Prepare(Drafts.Message("m", "x")), Token));

        Assert.Null(Assert.Single(stored).Batch.Embedded);
        signal.Verify(it => it.AnnounceAsync(Token), Times.Once);
    }

    [Fact]
    public async Task An_append_that_nobody_waits_for_asks_no_embedder()
    {
        var stored = Stores(new AppendResult("t", [], PendingEmbeddings: 1));

        await WithEmbedder().AppendForLaterAsync(Prepare(Drafts.Message("m", "x")), Token);

        Assert.Equal((null, clock.GetUtcNow()), (Assert.Single(stored).Batch.Embedded, stored[0].Batch.EmbeddingDueAt));
        Assert.Empty(generator.Calls);
        signal.Verify(it => it.AnnounceAsync(Token), Times.Once);
    }

    [Fact]
    public async Task Of_a_refused_append_nothing_is_told()
    {
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token)).ThrowsAsync(RefusedException.NoThread("t"));

        await Assert.ThrowsAsync<RefusedException>(() => WithEmbedder().AppendAsync(Prepare(Drafts.Message("m", "x")), Token));

        signal.VerifyNoOtherCalls();
    }

    private AppendMessages WithEmbedder() => new(store.Object, clock, generator.Embed(clock, signal.Object));

    /// <summary>What the store is given, and how often the embedder had been asked by then.</summary>
    private List<(AppendBatch Batch, int Calls)> Stores(AppendResult result)
    {
        List<(AppendBatch, int)> stored = [];
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), Token))
            .Callback((AppendBatch batch, CancellationToken _) => stored.Add((batch, generator.Calls.Count)))
            .ReturnsAsync(result);
        return stored;
    }

    private AppendBatch Prepare(params IReadOnlyList<MessageInput> messages) => Append.Prepare("t", new AppendRequest { Messages = messages });
}
