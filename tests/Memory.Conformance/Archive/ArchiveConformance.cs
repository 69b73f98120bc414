using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every archive does, beside the stores whose threads it reads and writes.</summary>
/// <typeparam name="TArchive">The archive that a subclass tests.</typeparam>
public abstract partial class ArchiveConformance<TArchive> : ConformanceSuite
    where TArchive : IArchive
{
    private const int Large = 64 * 1024 * 1024;

    /// <summary>How far a number of a vector may be off: more where they are kept with fewer bits than they came with.</summary>
    protected virtual double VectorTolerance => 1e-6;

    private static readonly DateTimeOffset Then = new(2029, 5, 6, 7, 8, 9, TimeSpan.Zero);

    /// <summary>A thread as another backend would have it.</summary>
    private static ThreadRecord Foreign(string id, string resourceId, long lastPosition = 0, long messages = 0) => new()
    {
        Id = id,
        ResourceId = resourceId,
        Title = "A title",
        Metadata = new RawJson("""{"topic": "moving"}"""),
        CreatedAt = Then,
        UpdatedAt = Then.AddHours(3),
        LastPosition = lastPosition,
        MessageCount = messages,
        Version = Then.ToUnixMicroseconds() + 77,
    };

    /// <summary>A message as another backend would have it.</summary>
    private static ArchivedMessage Moved(string threadId, long position, string text, string? id = null, long revision = 1, ReadOnlyMemory<float>? vectors = null, string? metadata = null)
    {
        var message = new Message
        {
            ThreadId = threadId,
            Id = id ?? $"m{position}",
            Position = position,
            Role = position % 2 == 1 ? MessageRole.User : MessageRole.Assistant,
            Name = position % 3 == 0 ? "Ada" : null,
            Content = MessageContent.FromText(text),
            CreatedAt = Then.AddMinutes(position),
            Metadata = metadata is null ? null : new RawJson(metadata),
        };
        return new ArchivedMessage(new StoredMessage(message, revision, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)), vectors);
    }

    private ArchivePiece Piece(ThreadRecord thread, bool isLast, params ArchivedMessage[] messages) => new() { Thread = thread, Messages = messages, IsLast = isLast, Now = Now };

    private async Task<ArchiveOutcome> WriteAsync(ThreadRecord thread, bool isLast, params ArchivedMessage[] messages) =>
        await Archive.WriteAsync(Piece(thread, isLast, messages), Token);

    private async Task<ArchivePage> ReadAsync(string threadId, long after = 0, int limit = 1_000, int maxBytes = Large, bool withVectors = true) =>
        await Archive.ReadAsync(new ArchiveRead(threadId, after, limit, maxBytes, withVectors), Token) ?? throw new KeyNotFoundException($"There is no thread '{threadId}'.");

    /// <summary>The messages found best: those beside them are found too, by a share of their words.</summary>
    private async Task<IReadOnlyList<string>> FoundAsync(SearchScope scope, string question)
    {
        var found = await Search.SearchAsync(new SearchQuery { Scope = scope, Terms = LexicalEncoder.EncodeQuery(question), TopK = 10 }, Token);
        var hits = found?.Hits ?? [];
        var best = hits.Select(hit => hit.Lexical).DefaultIfEmpty().Max();
        return [.. hits.Where(hit => hit.Lexical > best * 0.999).Select(hit => $"{hit.ThreadId}/{hit.Position}").Order(StringComparer.Ordinal)];
    }

    private void Same(ArchivedMessage expected, ArchivedMessage actual)
    {
        Assert.Equal(Drafts.Describe(expected.Message), Drafts.Describe(actual.Message));
        Assert.Equal(expected.Stored.Revision, actual.Stored.Revision);
        Assert.Equal(expected.Stored.Fingerprint.ToArray(), actual.Stored.Fingerprint.ToArray());
        Assert.Equal(expected.Vectors is null, actual.Vectors is null);
        Assert.Equal(expected.Vectors?.Length, actual.Vectors?.Length);
        Assert.All((expected.Vectors?.ToArray() ?? []).Zip(actual.Vectors?.ToArray() ?? []), pair => Assert.Equal(pair.First, pair.Second, VectorTolerance));
    }
}
