using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>The product as a library: Core's use cases over a backend, as the peer is used too.</summary>
internal sealed class CoreSubject(ConversationWorks works, PreparedStores stores, PreparedScans scans, IBackend backend) : ISubject
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
                return await InNewAsync(conversations => works.AppendAsync(conversations, append, cancellationToken), append.WithVectors, cancellationToken);
            case CallersWork callers:
                return await InNewAsync(conversations => works.CallersAsync(conversations, callers, cancellationToken), callers.WithVectors, cancellationToken);
            case LastWork last:
                return await InNewAsync(conversations => works.LastAsync(conversations, last, cancellationToken), withVectors: false, cancellationToken);
            case ThreadsWork threads:
                return await InNewAsync(conversations => works.ThreadsAsync(conversations, threads, cancellationToken), withVectors: false, cancellationToken);
            case TurnWork turn:
                return await InFilledAsync(turn.Messages, turn.WithVectors, conversations => works.TurnAsync(conversations, turn, cancellationToken), cancellationToken);
            case EditWork edit:
                return await InFilledAsync(edit.Messages, edit.WithVectors, conversations => works.EditAsync(conversations, edit, cancellationToken), cancellationToken);
            case DeleteWork delete:
                return await InFilledAsync(delete.Messages, delete.WithVectors, conversations => works.DeleteAsync(conversations, delete, cancellationToken), cancellationToken);
            case DeleteThreadWork delete:
                return await InFilledAsync(delete.Messages, delete.WithVectors, conversations => works.DeleteThreadAsync(conversations, delete, cancellationToken), cancellationToken);
            case RecallWork recall:
                await using (var conversations = Open(await stores.GetAsync(recall.Messages, recall.WithVectors, cancellationToken), recall.WithVectors, recall.VectorsAlone ? VectorsAlone : null))
                {
                    return await works.RecallAsync(conversations, recall, cancellationToken);
                }

            case SameHitsWork same:
                await using (var conversations = Open(await stores.GetAsync(same.Messages, withVectors: true, cancellationToken), withVectors: true, VectorsAlone))
                {
                    return await works.SameHitsAsync(conversations, await scans.GetAsync(same.Messages, cancellationToken), same, cancellationToken);
                }

            case DiskWork disk:
                var filled = await stores.GetAsync(disk.Messages, disk.WithVectors, cancellationToken);
                return new Outcome((double)await filled.BytesAsync(cancellationToken) / disk.Messages);
            default:
                return null;
        }
    }

    private static CoreConversations Open(IPlace place, bool withVectors, FusionWeights? weights = null) => new(place.Open(withVectors), withVectors, weights);

    private async Task<Outcome> InNewAsync(Func<CoreConversations, Task<Outcome>> run, bool withVectors, CancellationToken cancellationToken)
    {
        await using var place = await backend.NewPlaceAsync(cancellationToken);
        await using var conversations = Open(place, withVectors);
        return await run(conversations);
    }

    private async Task<Outcome> InFilledAsync(int messages, bool withVectors, Func<CoreConversations, Task<Outcome>> run, CancellationToken cancellationToken)
    {
        await using var place = await stores.NewAsync(messages, withVectors, cancellationToken);
        await using var conversations = Open(place, withVectors);
        return await run(conversations);
    }
}
