using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>Reads a backend as an archive.</summary>
public sealed class ExportMemory(IMessageStore store, IArchive archive, IEmbeddingStore embeddings)
{
    /// <summary>Reads resources with everything in them, streaming. What is written meanwhile may be in it or not; a message appended before is.</summary>
    /// <param name="resourceIds">Which resources; all of them when it is empty.</param>
    /// <param name="withVectors">Whether vectors are read too.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<ArchiveRecord> ReadAsync(IReadOnlyList<string> resourceIds, bool withVectors, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var space = withVectors ? await embeddings.FindSpaceAsync(cancellationToken) : null;
        var (threads, messages) = (0L, 0L);
        await foreach (var resource in ThreadListings.ResourcesAsync(store, resourceIds, cancellationToken))
        {
            yield return new ArchivedResource(resource, await store.FindWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: false, resource.Id), cancellationToken), space);
            await foreach (var page in ThreadListings.StatesAsync(store, archive, resource.Id, cancellationToken))
            {
                foreach (var (thread, version) in page)
                {
                    // Held to the resource: a thread of that id may be made anew by another one at any moment.
                    var owner = new WorkingMemoryOwner(IsThread: true, thread.Id) { ResourceId = thread.ResourceId };
                    yield return new ArchivedThread(thread, version == 0 ? null : await store.FindWorkingMemoryAsync(owner, cancellationToken));
                    threads++;
                    await foreach (var read in ThreadReader.PagesAsync(archive, new ThreadAddress(thread.Id, thread.ResourceId), after: 0, withVectors, cancellationToken))
                    {
                        foreach (var message in read.Messages)
                        {
                            yield return read.Space == space ? message : message with { Vectors = null }; // it has moved to another embedder meanwhile
                            messages++;
                        }
                    }
                }
            }
        }

        yield return new ArchiveEnd(threads, messages);
    }
}
