using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Messages, threads and working memory on Upstash Redis: every call one request, a script where it decides anything. What changes a thing a second time when it is sent again carries a token,
/// by which the script knows that it has done it.
/// </summary>
public sealed class UpstashMessageStore(UpstashServices services) : IMessageStore
{
    /// <summary>Threads up to this length leave the search index with their removal; longer ones in steps.</summary>
    private const int RemovedAtOnce = 500;

    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);

    /// <inheritdoc/>
    public Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken = default) => AppendCall.RunAsync(redis, keys, batch, cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Message>?> ReadAsync(MessageRead read, CancellationToken cancellationToken = default) => MessageReads.ReadAsync(redis, keys, read, cancellationToken);

    /// <inheritdoc/>
    public Task<MessagePage?> PageAsync(MessageListing listing, CancellationToken cancellationToken = default) => MessageReads.PageAsync(redis, keys, listing, cancellationToken);

    /// <inheritdoc/>
    public Task<StoredMessage?> FindMessageAsync(ThreadAddress thread, string messageId, CancellationToken cancellationToken = default) =>
        MessageReads.FindAsync(redis, keys, thread, messageId, cancellationToken);

    /// <inheritdoc/>
    public async Task<bool> ReplaceMessageAsync(MessageEdit edit, CancellationToken cancellationToken = default)
    {
        var message = edit.Message;
        try
        {
            return await EvalAsync(
                "edit a message", Scripts.ReplaceMessage, IsOne, cancellationToken,
                message.ThreadId, message.Id, Packed.Number(edit.Revision), Time(edit.Now), Token(), MessageText.Role(message.Role).ToString(),
                MessageText.Of(message.Id, message.Role, message.CreatedAt, message.Name, message.Content, message.Metadata), Terms.Of(edit.Terms), MetadataText.Of(message.Metadata),
                edit.IsSameText ? "1" : "0", edit.EmbeddingDueAt is { } due ? Time(due) : "", Packed.Number(edit.Now.ToUnixTimeSeconds()), Keys.Place(message.ThreadId), edit.ResourceId ?? "");
        }
        catch (MemoryStoreException fault) when (RestException.IsSize(fault))
        {
            throw AppendCall.TooLarge("The message");
        }
    }

    /// <inheritdoc/>
    public Task<bool> DeleteMessageAsync(ThreadAddress thread, string messageId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EvalAsync("delete a message", Scripts.DeleteMessage, IsOne, cancellationToken, thread.Id, messageId, Time(now), Keys.Place(thread.Id), thread.ResourceId ?? "");

    /// <inheritdoc/>
    public Task<bool> CreateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => EvalAsync(
        "create a thread", Scripts.CreateThread, IsOne, cancellationToken,
        thread.Id, thread.ResourceId, Time(thread.CreatedAt), Packed.Number(thread.Version), thread.Title ?? "", thread.Metadata?.Text ?? "", Token(), Keys.Place(thread.Id), Rows.Seconds(thread));

    /// <inheritdoc/>
    public Task<ThreadRecord?> FindThreadAsync(string threadId, CancellationToken cancellationToken = default) => redis.CommandAsync(
        "find a thread", ["HMGET", keys.Head(threadId), .. Rows.ThreadFields], fields => Rows.Thread(threadId, fields), cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ThreadRecord, ThreadCursor>> ListThreadsAsync(ThreadListing listing, CancellationToken cancellationToken = default) => EvalAsync(
        "list threads", Scripts.ListThreads, answer => Threads(listing, answer), cancellationToken,
        listing.ResourceId, listing.OrderBy == ThreadOrder.CreatedAt ? "tc" : "tu", listing.Descending ? "1" : "0", Packed.Number(listing.Limit),
        listing.After is { } after ? Time(after.Time) : "", listing.After?.Id ?? "");

    /// <inheritdoc/>
    public Task<ThreadRecord?> UpdateThreadAsync(ThreadRecord thread, CancellationToken cancellationToken = default) => EvalAsync(
        "update a thread", Scripts.UpdateThread, fields => Rows.Thread(thread.Id, fields), cancellationToken,
        thread.Id, Packed.Number(thread.Version), thread.Title ?? "", thread.Metadata?.Text ?? "", Time(thread.UpdatedAt), Token(), Rows.Seconds(thread));

    /// <inheritdoc/>
    public Task<bool> DeleteThreadAsync(ThreadAddress thread, ThreadCondition? condition = null, CancellationToken cancellationToken = default) => EvalAsync(
        "delete a thread", Scripts.DeleteThread, IsOne, cancellationToken,
        thread.Id, condition?.Version is { } version ? Packed.Number(version) : "", Packed.Number(RemovedAtOnce), thread.ResourceId ?? "", condition?.UpdatedAt is { } updated ? Time(updated) : "");

    /// <inheritdoc/>
    public async Task<ThreadRecord?> CloneThreadAsync(ThreadClone clone, CancellationToken cancellationToken = default)
    {
        var outcome = await EvalAsync(
            "clone a thread", Scripts.CloneThread, answer => answer.GetString(), cancellationToken,
            clone.Source.Id, clone.Id, clone.ResourceId ?? "", clone.UpTo is { } last ? Packed.Number(last) : "", Time(clone.Now), Token(), Keys.Place(clone.Id), clone.Source.ResourceId ?? "");
        return outcome switch
        {
            "cloned" => await FindThreadAsync(clone.Id, cancellationToken),
            "taken" => throw EditThreads.Taken(clone.Id),
            _ => null,
        };
    }

    /// <inheritdoc/>
    public Task<Page<ExpiredThread, string>> ListExpiredAsync(ExpiryQuery query, CancellationToken cancellationToken = default) => ExpiryStep.RunAsync(redis, keys, query, cancellationToken);

    /// <inheritdoc/>
    public Task<Page<ResourceRecord, string>> ListResourcesAsync(ResourceListing listing, CancellationToken cancellationToken = default) => EvalAsync(
        "list resources", Scripts.ListResources,
        answer =>
        {
            List<ResourceRecord> items = [.. answer.EnumerateArray().Take(listing.Limit).Select(row => new ResourceRecord(row[0].GetString()!, Rows.Time(row[1])))]; // members are texts
            return new Page<ResourceRecord, string>(items, answer.GetArrayLength() > listing.Limit ? items[^1].Id : null);
        },
        cancellationToken, Packed.Number(listing.Limit), First(listing), listing is { Prefix: not null, End: { } end } ? $"({end}" : "+");

    /// <inheritdoc/>
    public Task<ErasedCounts> EraseResourceAsync(string resourceId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        Erasure.RunAsync(redis, keys, resourceId, now, cancellationToken);

    /// <inheritdoc/>
    public Task<WorkingMemoryDocument?> FindWorkingMemoryAsync(WorkingMemoryOwner owner, CancellationToken cancellationToken = default)
    {
        const string operation = "read working memory";
        return owner is { IsThread: true, ResourceId: { } resourceId }
            ? redis.EvalAsync(operation, Scripts.FindMemory, [keys.Head(owner.Id), keys.Document(owner)], [keys.Prefix, owner.Id, resourceId], Document, cancellationToken)
            : redis.CommandAsync(operation, ["HMGET", keys.Document(owner), "v", "j", "u", "d"], Document, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<bool> PutWorkingMemoryAsync(WorkingMemoryOwner owner, WorkingMemoryDocument document, long? version, CancellationToken cancellationToken = default) => EvalAsync(
        "write working memory", Scripts.PutMemory,
        answer => answer.ValueKind == JsonValueKind.String ? throw RefusedException.NoThread(owner.Id) : IsOne(answer), cancellationToken,
        owner.IsThread ? "t" : "r", owner.Id, version is { } only ? Packed.Number(only) : "", Packed.Number(document.Version), document.IsJson ? "1" : "0", Time(document.UpdatedAt), document.Text, Token(),
        ResourceOf(owner));

    /// <inheritdoc/>
    public Task<bool> DeleteWorkingMemoryAsync(WorkingMemoryOwner owner, long? version, CancellationToken cancellationToken = default) => EvalAsync(
        "delete working memory", Scripts.DeleteMemory, IsOne, cancellationToken, owner.IsThread ? "t" : "r", owner.Id, version is { } only ? Packed.Number(only) : "", ResourceOf(owner));

    /// <inheritdoc/>
    public Task CheckAsync(CancellationToken cancellationToken = default) => redis.CommandAsync("check the database", ["HGET", keys.Space, "key"], _ => true, cancellationToken);

    private static bool IsOne(JsonElement answer) => answer.GetInt64() == 1;

    private static string Time(DateTimeOffset time) => Packed.Number(time.ToUnixMicroseconds());

    private static string ResourceOf(WorkingMemoryOwner owner) => owner.IsThread ? owner.ResourceId ?? "" : "";

    // Behind the page before, which may have ended before the prefix begins.
    private static string First(ResourceListing listing) =>
        listing is { Prefix: { } prefix } && (listing.After is null || ByBytes(listing.After, prefix) < 0) ? $"[{prefix}" : listing.After is { Length: > 0 } after ? $"({after}" : "-";

    // As Redis compares, and not by UTF-16.
    private static int ByBytes(string one, string other) => Encoding.UTF8.GetBytes(one).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(other));

    private static WorkingMemoryDocument? Document(JsonElement fields) => Rows.IsNothing(fields) || Rows.IsNothing(fields[0]) ? null
        : new WorkingMemoryDocument(fields[1].GetString() == "1", fields[3].GetString()!, Rows.Number(fields[0]), Rows.Time(fields[2])); // written together

    private static string Token() => Guid.NewGuid().ToString("N");

    private static Page<ThreadRecord, ThreadCursor> Threads(ThreadListing listing, JsonElement answer)
    {
        // One that was removed while the page was made has no head any more.
        List<ThreadRecord> items = [.. answer.EnumerateArray().Take(listing.Limit).Select(row => Rows.Thread(row[0].GetString()!, row[1])).OfType<ThreadRecord>()]; // members are texts
        return new Page<ThreadRecord, ThreadCursor>(
            items, answer.GetArrayLength() <= listing.Limit || items.Count == 0 ? null
                : new ThreadCursor(listing.OrderBy == ThreadOrder.CreatedAt ? items[^1].CreatedAt : items[^1].UpdatedAt, items[^1].Id));
    }

    private Task<T> EvalAsync<T>(string operation, string script, Func<JsonElement, T> read, CancellationToken cancellationToken, params string[] arguments) =>
        redis.EvalAsync(operation, script, [], [keys.Prefix, .. arguments], read, cancellationToken);
}
