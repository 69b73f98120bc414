using System.Collections.Concurrent;

namespace Memory.Core;

/// <summary>
/// Whose a thread is, remembered for a while: a thread never changes hands, but one of its id may be made anew under another resource. An answer that has become wrong
/// leads to vectors that nobody finds, never to another resource's messages.
/// </summary>
public sealed class ThreadOwners(IMessageStore messages, TimeProvider clock)
{
    private const int MaxThreads = 10_000;
    private static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);
    private readonly ConcurrentDictionary<string, (string ResourceId, long Since)> owners = new(StringComparer.Ordinal);

    /// <summary>The thread's resource; null when there is no such thread.</summary>
    public async Task<string?> FindAsync(string threadId, CancellationToken cancellationToken = default)
    {
        if (owners.TryGetValue(threadId, out var owner) && clock.GetElapsedTime(owner.Since) < Remembered)
        {
            return owner.ResourceId;
        }

        var resourceId = (await messages.FindThreadAsync(threadId, cancellationToken))?.ResourceId;
        if (resourceId is null)
        {
            Forget(threadId);
        }
        else
        {
            Remember(threadId, resourceId);
        }

        return resourceId;
    }

    /// <summary>Remembers what an answer of the store told.</summary>
    public void Remember(string threadId, string resourceId)
    {
        if (owners.Count >= MaxThreads)
        {
            owners.Clear();
        }

        owners[threadId] = (resourceId, clock.GetTimestamp());
    }

    /// <summary>Asks the store the next time.</summary>
    public void Forget(string threadId) => owners.TryRemove(threadId, out _);
}
