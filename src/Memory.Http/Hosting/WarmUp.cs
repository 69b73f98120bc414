using System.Text.Json;
using Memory.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http;

/// <summary>Does once, beside a server's start, what the first append and recall would otherwise wait for to be compiled. Writes nothing.</summary>
public static class WarmUp
{
    private const string Nobody = "warm-up";

    /// <summary>Reads a request, works it out, searches and answers, for a resource that nobody has.</summary>
    public static async Task RunAsync(IServiceProvider services, CancellationToken cancellationToken = default)
    {
        var request = JsonSerializer.Deserialize(
            """{"append":{"resourceId":"r","messages":[{"id":"m","role":"user","content":"Hello","metadata":{"a":1}}]},"query":"Hello","lastMessages":0,"semanticRecall":{"topK":1}}"""u8,
            HttpJson.Api.RecallRequest)!; // not the literal null
        var batch = services.GetRequiredService<AppendMessages>().Prepare(Nobody, request.Append!); // in the literal
        var placed = new AppendResult(Nobody, [.. batch.Messages.Select(message => new AppendedMessage(message.Id, 1, message.CreatedAt, Duplicate: false))], 0);
        var query = new RecallQuery { Scope = SearchScope.Resource(Nobody), Query = request.Query, TopK = 1 };
        var store = services.GetRequiredService<IMessageStore>();
        var recall = new RecallMessages(store, services.GetRequiredService<ISearchIndex>(), services.GetRequiredService<TimeProvider>()); // without an embedder, which may cost money
        var result = await recall.RecallAsync(query, cancellationToken);
        await store.ReadAsync(new MessageRead { ThreadId = Nobody, Last = 1 }, cancellationToken);
        JsonSerializer.SerializeToUtf8Bytes(placed, HttpJson.Api.AppendResult);
        JsonSerializer.SerializeToUtf8Bytes(RecallResponse.From(result with { Appended = placed }, explain: false), HttpJson.Api.RecallResponse);
    }
}
