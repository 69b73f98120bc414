using System.Diagnostics;

namespace Memory.Benchmarks.Load;

/// <summary>The product as a server: a process of its own for every run.</summary>
internal sealed class ServerSubject(string program, ConversationWorks works, PreparedStores stores, IBackend backend) : ISubject
{
    /// <inheritdoc/>
    public string Name => Subjects.Http;

    /// <inheritdoc/>
    public bool StaysWarm => false;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        if (work is DiskWork || work.WithVectors)
        {
            return null; // the same file as in process; and a server has no embedder that costs nothing
        }

        await using var place = await PlaceAsync(work, cancellationToken);
        var start = Stopwatch.GetTimestamp();
        await using var server = ServerProcess.Start(program, place.ForServer);
        await using var conversations = new HttpConversations((await server.ListeningAsync(cancellationToken)).Address);
        return work switch
        {
            AppendWork append => await works.AppendAsync(conversations, append, cancellationToken),
            LastWork last => await works.LastAsync(conversations, last, cancellationToken),
            ThreadsWork threads => await works.ThreadsAsync(conversations, threads, cancellationToken),
            TurnWork turn => await works.TurnAsync(conversations, turn, cancellationToken),
            RecallWork recall => await works.RecallAsync(conversations, recall, cancellationToken),
            ServerMemoryWork memory => await MemoryAsync(conversations, server, memory, cancellationToken),
            ColdStartWork => await ColdStartAsync(conversations, start, cancellationToken),
            _ => null,
        };
    }

    private async Task<IPlace> PlaceAsync(Work work, CancellationToken cancellationToken) => work switch
    {
        TurnWork turn => await stores.NewAsync(turn.Messages, withVectors: false, cancellationToken),
        RecallWork recall => await stores.NewAsync(recall.Messages, withVectors: false, cancellationToken),
        ServerMemoryWork { TakenIn: false } memory => await stores.NewAsync(memory.Messages, withVectors: false, cancellationToken),
        _ => await backend.NewPlaceAsync(cancellationToken),
    };

    private async Task<Outcome?> MemoryAsync(HttpConversations conversations, ServerProcess server, ServerMemoryWork work, CancellationToken cancellationToken)
    {
        if (work.TakenIn)
        {
            await works.FillAsync(conversations, work.Messages, ConversationWorks.FillBatch, cancellationToken);
        }

        await works.RecallAsync(conversations, new RecallWork(work.Messages, WholeResource: true, Samples: 1), cancellationToken);
        return server.ResidentMebibytes is { } resident ? new Outcome(resident) : null;
    }

    private static async Task<Outcome> ColdStartAsync(HttpConversations conversations, long start, CancellationToken cancellationToken)
    {
        await conversations.AppendAsync("thread", ["The train to Lisbon leaves at nine."], cancellationToken);
        await conversations.RecallAsync("thread", wholeResource: false, "When does the train leave?", cancellationToken);
        return new Outcome(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
    }
}
