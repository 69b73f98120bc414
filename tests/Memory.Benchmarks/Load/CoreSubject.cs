using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>The product as a library: Core's use cases over a LibSQL file, as the peer is used too.</summary>
internal sealed class CoreSubject(ConversationWorks works, PreparedStores stores, PreparedScans scans, TemporaryFolder folder) : ISubject
{
    private static readonly FusionWeights VectorsAlone = new(Lexical: 0, Dense: 1);

    /// <inheritdoc/>
    public string Name => Subjects.InProcess;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        switch (work)
        {
            case AppendWork append:
                return await OnAsync(folder.NewFile(), conversations => works.AppendAsync(conversations, append, cancellationToken), append.WithVectors);
            case LastWork last:
                return await OnAsync(folder.NewFile(), conversations => works.LastAsync(conversations, last, cancellationToken));
            case ThreadsWork threads:
                return await OnAsync(folder.NewFile(), conversations => works.ThreadsAsync(conversations, threads, cancellationToken));
            case TurnWork turn:
                return await OnAsync(await stores.CopyAsync(turn.Messages, cancellationToken), conversations => works.TurnAsync(conversations, turn, cancellationToken));
            case RecallWork recall:
                await using (var conversations = new CoreConversations(await stores.GetAsync(recall.Messages, recall.WithVectors, cancellationToken), recall.WithVectors))
                {
                    return await works.RecallAsync(conversations, recall, cancellationToken);
                }

            case SameHitsWork same:
                await using (var conversations = new CoreConversations(await stores.GetAsync(same.Messages, withVectors: true, cancellationToken), withVectors: true, VectorsAlone))
                {
                    return await works.SameHitsAsync(conversations, await scans.GetAsync(same.Messages, cancellationToken), same, cancellationToken);
                }

            case DiskWork disk:
                return new Outcome((double)PreparedStores.Checkpoint(await stores.GetAsync(disk.Messages, disk.WithVectors, cancellationToken)) / disk.Messages);
            default:
                return null;
        }
    }

    private static async Task<Outcome> OnAsync(string file, Func<CoreConversations, Task<Outcome>> run, bool withVectors = false)
    {
        try
        {
            await using var conversations = new CoreConversations(file, withVectors);
            return await run(conversations);
        }
        finally
        {
            TemporaryFolder.Remove(file);
        }
    }
}
