using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>Reads threads whole, a piece at a time, the next one while the one before is being worked on.</summary>
internal static class ThreadReader
{
    /// <summary>The most messages of a piece, and the most bytes of content: what a backend writes at once, and how little memory a reader needs.</summary>
    public const int MaxMessages = 500, MaxBytes = 1024 * 1024;

    /// <summary>Reads the pages of a thread; none when it is not there (any more).</summary>
    public static async IAsyncEnumerable<ArchivePage> PagesAsync(
        IArchive archive, ThreadAddress thread, long after, bool withVectors, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var next = ReadAsync(after);
        while (await next is { } page)
        {
            if (page.HasMore)
            {
                next = ReadAsync(page.Messages[^1].Message.Position); // a page with more behind it is not empty
            }

            yield return page;
            if (!page.HasMore)
            {
                yield break;
            }
        }

        Task<ArchivePage?> ReadAsync(long position) => archive.ReadAsync(new ArchiveRead(thread.Id, position, MaxMessages, MaxBytes, withVectors) { ResourceId = thread.ResourceId }, cancellationToken);
    }

    /// <summary>Reads the messages of a thread.</summary>
    public static async IAsyncEnumerable<ArchivedMessage> MessagesAsync(
        IArchive archive, string threadId, bool withVectors, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(archive, threadId, after: 0, withVectors, cancellationToken))
        {
            foreach (var message in page.Messages)
            {
                yield return message;
            }
        }
    }
}
