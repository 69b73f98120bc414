namespace Memory.Core;

/// <summary>Looks for messages in two backends, and compares what is found.</summary>
internal sealed class RecallSample(StoragePorts source, StoragePorts target)
{
    private const int TopK = 10;
    private const double Tie = 1e-6;

    /// <summary>The average share of the source's hits that the target has too; null without messages.</summary>
    public async Task<double?> OverlapAsync(IReadOnlyList<Message> messages, CancellationToken cancellationToken)
    {
        // Vectors are compared where both have the same, and the target has all of its own.
        var space = await source.Embeddings.FindSpaceAsync(cancellationToken);
        var withVectors = space is not null && await target.Embeddings.FindSpaceAsync(cancellationToken) == space
            && await target.Embeddings.CountAsync(cancellationToken) == 0 && await source.Embeddings.CountAsync(cancellationToken) == 0;
        var sum = 0.0;
        foreach (var message in messages)
        {
            sum += await OverlapAsync(message, withVectors ? space : null, cancellationToken);
        }

        return messages.Count == 0 ? null : sum / messages.Count;
    }

    private async Task<double> OverlapAsync(Message message, EmbeddingSpace? space, CancellationToken cancellationToken)
    {
        var page = space is null ? null : await source.Archive.ReadAsync(new ArchiveRead(message.ThreadId, message.Position - 1, 1, 1, WithVectors: true), cancellationToken);
        var thread = await source.Messages.FindThreadAsync(message.ThreadId, cancellationToken);
        if (thread is null)
        {
            return 1; // gone meanwhile
        }

        var query = new SearchQuery
        {
            Scope = SearchScope.Resource(thread.ResourceId),
            Terms = LexicalEncoder.EncodeQuery(message.Content.Text),
            Vector = space is not null && page?.Messages is [{ Vectors: { Length: > 0 } vectors }] ? new QueryVector(space, vectors[..space.Dimensions]) : null,
            TopK = TopK,
        };
        var (ours, theirs) = (await FindAsync(source, query, cancellationToken), await FindAsync(target, query, cancellationToken));
        var places = theirs.Select(hit => (hit.ThreadId, hit.Position)).ToHashSet();
        var least = theirs.Count == TopK ? theirs[^1].Score + Tie : 0; // which of several that are as good as the last come in, is chance
        return ours.Count == 0 ? theirs.Count == 0 ? 1 : 0 : (double)ours.Count(hit => places.Contains((hit.ThreadId, hit.Position)) || hit.Score <= least) / ours.Count;
    }

    private static async Task<IReadOnlyList<SearchHit>> FindAsync(StoragePorts ports, SearchQuery query, CancellationToken cancellationToken) =>
        (await ports.Search.SearchAsync(query, cancellationToken))?.Hits ?? [];
}
