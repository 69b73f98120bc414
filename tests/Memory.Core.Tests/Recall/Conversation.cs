using Moq;

namespace Memory.Core.Tests;

/// <summary>Threads of one resource behind both ports, as a store and an index would answer for them, with a count of the calls.</summary>
internal sealed class Conversation
{
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<ISearchIndex> index = new(MockBehavior.Strict);

    private readonly IReadOnlyList<SearchHit> hits;

    public Conversation(IReadOnlyList<Message> messages, params IReadOnlyList<SearchHit> hits)
    {
        Messages = messages;
        this.hits = hits;
        store.Setup(it => it.ReadAsync(It.IsAny<MessageRead>(), It.IsAny<CancellationToken>()))
            .Callback((MessageRead read, CancellationToken _) => Reads.Add(read))
            .ReturnsAsync((MessageRead read, CancellationToken _) => Read(read));
        index.Setup(it => it.SearchAndReadAsync(It.IsAny<SearchQuery>(), It.IsAny<RecallWindow>(), It.IsAny<CancellationToken>()))
            .Callback((SearchQuery search, RecallWindow window, CancellationToken _) => Searches.Add((search, window)))
            .ReturnsAsync((SearchQuery search, RecallWindow window, CancellationToken _) =>
                Search(search) is { } found ? new FoundMessages(found, Read(window.Around(search.Scope, found)) ?? []) : null);
        store.Setup(it => it.AppendAsync(It.IsAny<AppendBatch>(), It.IsAny<CancellationToken>()))
            .Callback((AppendBatch batch, CancellationToken _) => Appends.Add(batch))
            .ReturnsAsync((AppendBatch batch, CancellationToken _) => Append(batch));
    }

    public IReadOnlyList<Message> Messages { get; private set; }

    public List<MessageRead> Reads { get; } = [];

    public List<(SearchQuery Query, RecallWindow Window)> Searches { get; } = [];

    public List<AppendBatch> Appends { get; } = [];

    public static Message Text(string thread, long position, string text, DateTimeOffset? createdAt = null) =>
        Content(thread, position, MessageContent.FromText(text).Json.Text, createdAt);

    public static Message Content(string thread, long position, string json, DateTimeOffset? createdAt = null) => new()
    {
        ThreadId = thread,
        Id = $"{thread}{position}",
        Position = position,
        Role = MessageRole.User,
        Content = MessageContent.FromStore(json),
        CreatedAt = createdAt ?? new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero).AddSeconds(position),
    };

    /// <summary>Messages 1 to <paramref name="count"/> of a thread.</summary>
    public static IEnumerable<Message> Thread(string thread, int count) =>
        Enumerable.Range(1, count).Select(position => Text(thread, position, $"text {position} of {thread}"));

    public static SearchHit Hit(string thread, long position, double score = 0.5) => new(thread, position, score, score * 10);

    public Task<RecallResult> RecallAsync(RecallQuery query, EmbedMessages? embed = null, FusionWeights? weights = null) =>
        new RecallMessages(store.Object, index.Object, TimeProvider.System, embed, weights).RecallAsync(query, TestContext.Current.CancellationToken);

    private SearchResult? Search(SearchQuery search) => !Exists(search.Scope.ThreadId) ? null
        : new SearchResult("r", [.. hits.Where(hit => search.Terms.Count > 0 && !search.ExcludedPositions.Contains(hit.Position))], 7);

    private bool Exists(string? threadId) => threadId is null || Messages.Any(message => message.ThreadId == threadId);

    private IReadOnlyList<Message>? Read(MessageRead read)
    {
        if (!Exists(read.ThreadId))
        {
            return null;
        }

        var last = Messages.Where(message => message.ThreadId == read.ThreadId).OrderByDescending(message => message.Position).Take(read.Last);
        var ranges = Messages.Where(message => read.Ranges.Any(range => range.ThreadId == message.ThreadId && message.Position >= range.From && message.Position <= range.To));
        return [.. last.Union(ranges).OrderBy(message => message.ThreadId, StringComparer.Ordinal).ThenBy(message => message.Position)];
    }

    private AppendResult Append(AppendBatch batch)
    {
        var position = Messages.Where(message => message.ThreadId == batch.ThreadId).Select(message => message.Position).DefaultIfEmpty().Max();
        var added = batch.Messages.Select(message => Content(batch.ThreadId, ++position, message.Content.Json.Text) with { Id = message.Id, Role = message.Role }).ToList();
        Messages = [.. Messages, .. added];
        return new AppendResult(batch.ThreadId, [.. added.Select(message => new AppendedMessage(message.Id, message.Position, message.CreatedAt, false))], 0);
    }
}
