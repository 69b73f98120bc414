using Memory.Core;

namespace Memory.Benchmarks.Load;

/// <summary>
/// The raw driver writing the same bytes with the same durability: one prepared insert of what a stored message consists of, worked out
/// beforehand; no thread to look up, no index but the primary key. A vector stands in its message's row. A transaction holds as many rows as a call has messages.
/// </summary>
internal sealed class BareInsertSubject(Corpus corpus, IBareInsert insert) : ISubject
{
    /// <inheritdoc/>
    public string Name => Subjects.Bare;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        if (work is not AppendWork append || append.Callers > insert.MostCallers)
        {
            return null;
        }

        List<BareRow[]> calls = [];
        for (var at = 0; at < append.Messages; at += append.Batch)
        {
            // Preparing a batch needs no store; it is what the product does before it writes.
            var texts = corpus.Texts(at, append.Batch);
            var messages = new AppendMessages(null!, TimeProvider.System).Prepare("thread", CoreConversations.Request(texts)).Messages;
            var vectors = append.WithVectors ? await HashEmbedder.Embedder.EmbedAsync(texts, cancellationToken) : [];
            calls.Add([.. messages.Select((message, i) => new BareRow(at + i + 1, message, append.WithVectors ? vectors[i] : default))]);
        }

        return Outcome.Rate(append.Messages, await insert.WriteAsync(calls, append.WithVectors, append.Callers, cancellationToken));
    }
}
