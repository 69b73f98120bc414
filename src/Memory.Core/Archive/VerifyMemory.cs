using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>
/// Compares two backends: every resource, thread, message and working memory document in both directions, each thread by a chain of hashes, and what sampled questions find. Both are
/// only read; what is written meanwhile shows as a difference.
/// </summary>
public sealed class VerifyMemory(StoragePorts source, StoragePorts target, VerificationRequest request)
{
    /// <summary>The least share of hits that the two must have in common: vectors that are kept with fewer bits may swap neighbours.</summary>
    public const double LeastOverlap = 0.9;

    /// <summary>Compares them.</summary>
    public async Task<VerificationReport> RunAsync(IProgress<TransferProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        var findings = new Findings(progress, request.Samples);
        await Parallel.ForEachAsync(
            SourceAsync(findings, cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = request.Lanes, CancellationToken = cancellationToken },
            (pair, token) => new ValueTask(CompareAsync(pair.Source, pair.Target, findings, token)));
        await LookForOthersAsync(findings, cancellationToken);
        var overlap = await new RecallSample(source, target).OverlapAsync(findings.Samples, cancellationToken);
        return findings.Report with { Samples = findings.Samples.Count, RecallOverlap = overlap };
    }

    private async IAsyncEnumerable<(StoredThread Source, StoredThread Target)> SourceAsync(Findings findings, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var resource in ThreadListings.ResourcesAsync(source.Messages, request.ResourceIds, cancellationToken))
        {
            await CompareResourceAsync(resource.Id, findings, cancellationToken);
            await foreach (var page in ThreadListings.StatesAsync(source.Messages, source.Archive, resource.Id, cancellationToken))
            {
                var there = await ThreadListings.FindAsync(target.Archive, page.Select(state => state.Thread.Id), cancellationToken);
                foreach (var state in page)
                {
                    if (there.GetValueOrDefault(state.Thread.Id) is not { } other)
                    {
                        findings.Count(isSource: true, state.Thread.MessageCount, state.WorkingMemoryVersion > 0, chain: null);
                        findings.Add(resource.Id, state.Thread.Id, null, $"the thread is missing in the target, with {state.Thread.MessageCount} messages");
                    }
                    else if (other.Thread.ResourceId != resource.Id)
                    {
                        findings.Count(isSource: true, state.Thread.MessageCount, state.WorkingMemoryVersion > 0, chain: null);
                        findings.Add(resource.Id, state.Thread.Id, null, $"the thread belongs to resource '{other.Thread.ResourceId}' in the target");
                    }
                    else
                    {
                        yield return (state, other);
                    }
                }
            }
        }
    }

    /// <summary>What only the target has.</summary>
    private async Task LookForOthersAsync(Findings findings, CancellationToken cancellationToken)
    {
        await foreach (var resource in ThreadListings.ResourcesAsync(target.Messages, request.ResourceIds, cancellationToken))
        {
            findings.CountResource(isSource: false);
            await foreach (var page in ThreadListings.StatesAsync(target.Messages, target.Archive, resource.Id, cancellationToken))
            {
                var there = await ThreadListings.FindAsync(source.Archive, page.Select(state => state.Thread.Id), cancellationToken);
                foreach (var (thread, version) in page.Where(state => there.GetValueOrDefault(state.Thread.Id)?.Thread.ResourceId != resource.Id))
                {
                    findings.Count(isSource: false, thread.MessageCount, version > 0, chain: null);
                    findings.Add(resource.Id, thread.Id, null, $"the thread is only in the target, with {thread.MessageCount} messages");
                }
            }
        }
    }

    private async Task CompareResourceAsync(string resourceId, Findings findings, CancellationToken cancellationToken)
    {
        findings.CountResource(isSource: true);
        await CompareDocumentsAsync(new WorkingMemoryOwner(IsThread: false, resourceId), resourceId, null, findings, cancellationToken);
    }

    private async Task CompareAsync(StoredThread from, StoredThread to, Findings findings, CancellationToken cancellationToken)
    {
        var (thread, other) = (from.Thread, to.Thread);
        if ((thread.Title, thread.Metadata, thread.TimeToLive, thread.CreatedAt, thread.LastPosition) != (other.Title, other.Metadata, other.TimeToLive, other.CreatedAt, other.LastPosition))
        {
            findings.Add(thread.ResourceId, thread.Id, null, "title, metadata, time to live, time of creation or last position differ");
        }

        var difference = await CompareMessagesAsync(thread, findings, cancellationToken);
        if (difference is not null)
        {
            findings.Add(thread.ResourceId, thread.Id, difference.Value.Position, difference.Value.Reason);
        }

        if (from.WorkingMemoryVersion > 0 || to.WorkingMemoryVersion > 0)
        {
            await CompareDocumentsAsync(new WorkingMemoryOwner(IsThread: true, thread.Id), thread.ResourceId, thread.Id, findings, cancellationToken);
        }

        findings.Done();
    }

    /// <summary>Reads both threads side by side.</summary>
    /// <returns>The first message that differs; null when none does.</returns>
    private async Task<(long? Position, string Reason)?> CompareMessagesAsync(ThreadRecord thread, Findings findings, CancellationToken cancellationToken)
    {
        (long? Position, string Reason)? first = null;
        var (ours, theirs) = (new MessageChain(), new MessageChain());
        var (count, otherCount) = (0L, 0L);
        await using var mine = ThreadReader.MessagesAsync(source.Archive, thread.Id, withVectors: false, cancellationToken).GetAsyncEnumerator(cancellationToken);
        await using var other = ThreadReader.MessagesAsync(target.Archive, thread.Id, withVectors: false, cancellationToken).GetAsyncEnumerator(cancellationToken);
        var (has, hasOther) = (await mine.MoveNextAsync(), await other.MoveNextAsync());
        while (has || hasOther)
        {
            var order = !has ? 1 : !hasOther ? -1 : mine.Current.Message.Position.CompareTo(other.Current.Message.Position);
            if (order < 0)
            {
                first ??= (mine.Current.Message.Position, "the message is missing in the target");
            }
            else if (order > 0)
            {
                first ??= (other.Current.Message.Position, "the message is only in the target");
            }
            else if (!MessageChain.AreSame(mine.Current.Message, other.Current.Message))
            {
                first ??= (mine.Current.Message.Position, "the message differs");
            }

            if (order <= 0)
            {
                ours.Add(mine.Current.Message);
                findings.Sample(mine.Current.Message);
                (count, has) = (count + 1, await mine.MoveNextAsync());
            }

            if (order >= 0)
            {
                theirs.Add(other.Current.Message);
                (otherCount, hasOther) = (otherCount + 1, await other.MoveNextAsync());
            }
        }

        findings.Count(isSource: true, count, hasMemory: false, (thread.Id, ours.Value));
        findings.Count(isSource: false, otherCount, hasMemory: false, (thread.Id, theirs.Value));
        return first is var (position, reason) ? (position, $"{reason}; the chains of {count} and {otherCount} messages end with {ours.Value[..16]} and {theirs.Value[..16]}") : null;
    }

    private async Task CompareDocumentsAsync(WorkingMemoryOwner owner, string resourceId, string? threadId, Findings findings, CancellationToken cancellationToken)
    {
        var document = await source.Messages.FindWorkingMemoryAsync(owner, cancellationToken);
        var other = await target.Messages.FindWorkingMemoryAsync(owner, cancellationToken);
        findings.CountMemory(document is not null, other is not null);
        if ((document?.IsJson, document?.Text) != (other?.IsJson, other?.Text))
        {
            findings.Add(resourceId, threadId, null, $"the working memory {(other is null ? "is missing in the target" : document is null ? "is only in the target" : "differs")}");
        }
    }
}
