using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>Walks over all resources and threads of a backend, a page at a time.</summary>
internal static class ThreadListings
{
    private const int ResourcesPerPage = 500, ThreadsPerPage = 200;

    /// <summary>The resources by id; those named, in the order named, if any are. The time of one that is named is that of its first thread, and not known without one.</summary>
    public static async IAsyncEnumerable<ResourceRecord> ResourcesAsync(IMessageStore store, IReadOnlyList<string> named, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var id in named)
        {
            var first = await store.ListThreadsAsync(new ThreadListing(id, 1, ThreadOrder.CreatedAt, Descending: false, After: null), cancellationToken);
            yield return new ResourceRecord(id, first.Items is [var thread] ? thread.CreatedAt : default);
        }

        string? after = null;
        while (named.Count == 0)
        {
            var page = await store.ListResourcesAsync(new ResourceListing(ResourcesPerPage, after), cancellationToken);
            foreach (var resource in page.Items)
            {
                yield return resource;
            }

            if (page.Next is null)
            {
                yield break;
            }

            after = page.Next;
        }
    }

    /// <summary>The threads of a resource, oldest first.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<ThreadRecord>> PagesAsync(IMessageStore store, string resourceId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ThreadCursor? after = null;
        do
        {
            var page = await store.ListThreadsAsync(new ThreadListing(resourceId, ThreadsPerPage, ThreadOrder.CreatedAt, Descending: false, after), cancellationToken);
            yield return page.Items;
            after = page.Next;
        }
        while (after is not null);
    }

    /// <summary>The threads of a resource, oldest first, with the versions of their working memory.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<StoredThread>> StatesAsync(
        IMessageStore store, IArchive archive, string resourceId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in PagesAsync(store, resourceId, cancellationToken))
        {
            var states = await FindAsync(archive, page.Select(thread => thread.Id), cancellationToken);

            // One that has gone meanwhile is passed over, and one that has come in its place under another resource.
            yield return [.. page.Select(thread => states.GetValueOrDefault(thread.Id)).OfType<StoredThread>().Where(state => state.Thread.ResourceId == resourceId)];
        }
    }

    /// <summary>Finds threads by id.</summary>
    public static async Task<IReadOnlyDictionary<string, StoredThread>> FindAsync(IArchive archive, IEnumerable<string> threadIds, CancellationToken cancellationToken)
    {
        string[] ids = [.. threadIds];
        return ids.Length == 0
            ? new Dictionary<string, StoredThread>()
            : (await archive.FindThreadsAsync(ids, cancellationToken)).ToDictionary(state => state.Thread.Id, StringComparer.Ordinal);
    }
}
