using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>Stores filled once and used by many runs.</summary>
internal sealed class PreparedStores(ConversationWorks works, IBackend backend)
{
    private readonly Dictionary<(int Messages, bool WithVectors), IPlace> places = [];

    /// <summary>A store of so many messages, closed and settled, to be read only.</summary>
    public async Task<IPlace> GetAsync(int messages, bool withVectors, CancellationToken cancellationToken) =>
        places.TryGetValue((messages, withVectors), out var known)
            ? known
            : places[(messages, withVectors)] = await FillAsync(messages, withVectors, cancellationToken);

    /// <summary>Another one, which may be written to and is the caller's to remove.</summary>
    public async Task<IPlace> NewAsync(int messages, bool withVectors, CancellationToken cancellationToken) =>
        (await GetAsync(messages, withVectors, cancellationToken)).Copy() ?? await FillAsync(messages, withVectors, cancellationToken);

    private async Task<IPlace> FillAsync(int messages, bool withVectors, CancellationToken cancellationToken)
    {
        var place = await backend.NewPlaceAsync(cancellationToken);
        await using (var conversations = new CoreConversations(place.Open(withVectors), withVectors))
        {
            await works.FillAsync(conversations, messages, withVectors ? AppendBatch.MaxMessages : ConversationWorks.FillBatch, cancellationToken);
            await conversations.SweepAsync(cancellationToken);
        }

        await place.SettleAsync(cancellationToken);
        return place;
    }
}
