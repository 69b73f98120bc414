using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>What an archive writes to a file is found by those who had searched it before.</summary>
public sealed class ArchiveJournalTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-libsql-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Indexes_in_memory_follow_an_archive_of_this_process_and_of_another()
    {
        await using var here = Open();
        await using var there = Open();
        var (searchHere, searchThere) = (new LibSqlSearchIndex(here), new LibSqlSearchIndex(there));
        await WriteAsync(here, 5, "cherries", Vectors.At(0));
        Assert.Equal([5], await FoundAsync(searchHere, "cherries", Vectors.At(0)));
        Assert.Equal([5], await FoundAsync(searchThere, "cherries", Vectors.At(0)));

        // Before the message that is there: what was last written is not the end of the thread.
        await WriteAsync(here, 2, "plums", Vectors.At(90));
        Assert.Equal([2], await FoundAsync(searchHere, "plums", Vectors.At(90)));
        Assert.Equal([2], await FoundAsync(searchThere, "plums", Vectors.At(90)));
        await WriteAsync(there, 9, "grapes", Vectors.At(180));
        Assert.Equal([9], await FoundAsync(searchHere, "grapes", Vectors.At(180)));
        Assert.Equal([9], await FoundAsync(searchThere, "grapes", Vectors.At(180)));
    }

    private LibSqlDatabase Open() => LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{Path.Combine(folder.FullName, "memory.db")}" });

    private static async Task WriteAsync(LibSqlDatabase database, long position, string text, float[] vector)
    {
        var now = DateTimeOffset.UnixEpoch.AddDays(20_000);
        var message = new Message { ThreadId = "t", Id = $"m{position}", Position = position, Role = MessageRole.User, Content = MessageContent.FromText(text), CreatedAt = now };
        var thread = new ThreadRecord { Id = "t", ResourceId = "r", CreatedAt = now, UpdatedAt = now, Version = 1 };
        var archived = new ArchivedMessage(new StoredMessage(message, 1, MessageFingerprint.Of(message.Role, null, message.Content, null)), vector);
        var outcome = await new LibSqlArchive(database).WriteAsync(new ArchivePiece { Thread = thread, Messages = [archived], IsLast = false, Space = Vectors.Space, Now = now }, Token);
        Assert.Equal(1, outcome.Written);
    }

    private static async Task<IEnumerable<long>> FoundAsync(LibSqlSearchIndex search, string question, float[] vector)
    {
        var words = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = LexicalEncoder.EncodeQuery(question), TopK = 1 };
        var vectors = words with { Terms = [], Vector = new QueryVector(Vectors.Space, vector) };
        return (await search.SearchAsync(words, Token))!.Hits.Concat((await search.SearchAsync(vectors, Token))!.Hits).Select(hit => hit.Position).Distinct(); // the thread is there
    }
}
