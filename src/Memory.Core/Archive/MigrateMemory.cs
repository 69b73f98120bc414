using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>What to migrate, and how.</summary>
public sealed record MigrationRequest
{
    /// <summary>Which resources; all of them when it is empty.</summary>
    public IReadOnlyList<string> ResourceIds { get; init; } = [];

    /// <summary>Only threads that changed at this time or later; null for all.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Whether to look only, and to count what would be written.</summary>
    public bool IsDryRun { get; init; }

    /// <summary>Whether a thread in the target that differs, and not only lacks something, is removed and copied anew. Another resource's thread never is.</summary>
    public bool Overwrites { get; init; }

    /// <summary>How many threads are copied at once.</summary>
    public int Lanes { get; init; } = 4;

    /// <summary>Whether messages that come without vectors are put on the list for an embedder although nothing has vectors.</summary>
    public bool IsForEmbedder { get; init; }

    /// <summary>How often everything is gone through at most, while the source is being written.</summary>
    public int MaxPasses { get; init; } = 5;
}

/// <summary>
/// Copies everything from one backend to another: resources, threads, messages with their positions, times and vectors, and working memory. What the target has already is its own
/// checkpoint: a migration that was ended at any point, or the source of which was written meanwhile, is run again and does what is missing. The source is only read.
/// </summary>
public sealed class MigrateMemory(StoragePorts source, StoragePorts target, MigrationRequest request, TimeProvider clock)
{
    /// <summary>Runs it, until there is nothing more to do.</summary>
    /// <exception cref="MemoryStoreException">One of the backends failed; what was copied stays, and the next run goes on from there.</exception>
    public async Task<TransferReport> RunAsync(IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var (threads, messages) = progress is null ? (0, 0) : await CountAsync(cancellationToken);
        var tally = new TransferTally(progress, threads, messages);
        TransferReport before;
        do
        {
            before = tally.Report;
            tally.BeginPass();
            await PassAsync(tally, cancellationToken);
        }
        while (!request.IsDryRun && tally.HasChanged(before) && tally.Report.Passes < request.MaxPasses);
        return tally.Report;
    }

    private async Task PassAsync(TransferTally tally, CancellationToken cancellationToken) => await Parallel.ForEachAsync(
        PairsAsync(tally, cancellationToken),
        new ParallelOptions { MaxDegreeOfParallelism = request.Lanes, CancellationToken = cancellationToken },
        (pair, token) => new ValueTask(new ThreadMigration(source, target, request, clock, tally).RunAsync(pair.Source, pair.Target, token)));

    private async IAsyncEnumerable<(StoredThread Source, StoredThread? Target)> PairsAsync(TransferTally tally, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var resource in ThreadListings.ResourcesAsync(source.Messages, request.ResourceIds, cancellationToken))
        {
            tally.Count(report => report with { Resources = report.Resources + 1 });
            await CopyResourceAsync(resource, tally, cancellationToken);
            await foreach (var page in ThreadListings.StatesAsync(source.Messages, source.Archive, resource.Id, cancellationToken))
            {
                var wanted = page.Where(state => IsWanted(state.Thread)).ToList();
                var there = await ThreadListings.FindAsync(target.Archive, wanted.Select(state => state.Thread.Id), cancellationToken);
                foreach (var state in wanted)
                {
                    yield return (state, there.GetValueOrDefault(state.Thread.Id));
                }
            }
        }
    }

    private async Task CopyResourceAsync(ResourceRecord resource, TransferTally tally, CancellationToken cancellationToken)
    {
        var owner = new WorkingMemoryOwner(IsThread: false, resource.Id);
        var document = await source.Messages.FindWorkingMemoryAsync(owner, cancellationToken);
        if (request.IsDryRun)
        {
            return;
        }

        // One that is named and has no thread may not exist, unless it has a document.
        if (document is not null || resource.CreatedAt != default)
        {
            await target.Archive.PutResourceAsync(resource.CreatedAt == default ? resource with { CreatedAt = document!.UpdatedAt } : resource, cancellationToken); // as the condition says
        }

        if (document is not null && await DocumentWriter.WriteAsync(target.Messages, owner, document, cancellationToken))
        {
            tally.Count(report => report with { WorkingMemories = report.WorkingMemories + 1 });
        }
    }

    private bool IsWanted(ThreadRecord thread) => request.Since is not { } since || thread.UpdatedAt >= since;

    private async Task<(long Threads, long Messages)> CountAsync(CancellationToken cancellationToken)
    {
        var (threads, messages) = (0L, 0L);
        await foreach (var resource in ThreadListings.ResourcesAsync(source.Messages, request.ResourceIds, cancellationToken))
        {
            await foreach (var page in ThreadListings.PagesAsync(source.Messages, resource.Id, cancellationToken))
            {
                var wanted = page.Where(IsWanted).ToList();
                (threads, messages) = (threads + wanted.Count, messages + wanted.Sum(thread => thread.MessageCount));
            }
        }

        return (threads, messages);
    }
}
