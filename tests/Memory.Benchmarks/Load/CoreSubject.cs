namespace Memory.Benchmarks.Load;

/// <summary>The product as a library: Core's use cases over a LibSQL file, as the peer is used too.</summary>
internal sealed class CoreSubject(ConversationWorks works, PreparedStores stores, TemporaryFolder folder) : ISubject
{
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
                return await OnAsync(folder.NewFile(), conversations => works.AppendAsync(conversations, append, cancellationToken));
            case LastWork last:
                return await OnAsync(folder.NewFile(), conversations => works.LastAsync(conversations, last, cancellationToken));
            case ThreadsWork threads:
                return await OnAsync(folder.NewFile(), conversations => works.ThreadsAsync(conversations, threads, cancellationToken));
            case TurnWork turn:
                return await OnAsync(await stores.CopyAsync(turn.Messages, cancellationToken), conversations => works.TurnAsync(conversations, turn, cancellationToken));
            case RecallWork recall:
                await using (var conversations = new CoreConversations(await stores.GetAsync(recall.Messages, cancellationToken)))
                {
                    return await works.RecallAsync(conversations, recall, cancellationToken);
                }

            case DiskWork disk:
                return new Outcome((double)PreparedStores.Checkpoint(await stores.GetAsync(disk.Messages, cancellationToken)) / disk.Messages);
            default:
                return null;
        }
    }

    private static async Task<Outcome> OnAsync(string file, Func<CoreConversations, Task<Outcome>> run)
    {
        try
        {
            await using var conversations = new CoreConversations(file);
            return await run(conversations);
        }
        finally
        {
            TemporaryFolder.Remove(file);
        }
    }
}
