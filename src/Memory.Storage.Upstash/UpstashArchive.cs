using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Threads as they are stored in Upstash Redis. Their vectors are elsewhere, so that this archive knows only whether a message has any: those that it has are read as empty, and what comes
/// with a message that is written says that there is nothing left to embed. It is used behind a <see cref="SplitArchive"/>.
/// </summary>
public sealed class UpstashArchive(UpstashServices services) : IArchive
{
    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);
    private readonly int mostBytes = services.Options.MaxCommandBytes / 2; // twice of it when quoted, at worst

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredThread>> FindThreadsAsync(IReadOnlyList<string> threadIds, CancellationToken cancellationToken = default) => threadIds.Count == 0 ? Task.FromResult<IReadOnlyList<StoredThread>>([])
        : redis.PipelineAsync( // plain commands: nothing is locked
            "find threads",
            [.. threadIds.Select(id => (string[])["HMGET", keys.Head(id), .. Rows.ThreadFields]), .. threadIds.Select(id => (string[])["HGET", keys.Document(new WorkingMemoryOwner(IsThread: true, id)), "v"])],
            answers => (IReadOnlyList<StoredThread>)[.. threadIds.Select((id, i) => State(Rows.Thread(id, answers[i]), answers[threadIds.Count + i])).OfType<StoredThread>()], cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Names and metadata count as content, and a page has no more than half of what the plan allows in an answer.</remarks>
    public Task<ArchivePage?> ReadAsync(ArchiveRead read, CancellationToken cancellationToken = default) => redis.EvalAsync(
        "read a thread", Scripts.ArchiveRead, read.WithVectors ? [] : [keys.Head(read.ThreadId), keys.Messages(read.ThreadId), keys.Space], // whose resource's index is read for vectors, the script learns
        [keys.Prefix, read.ThreadId, Packed.Number(read.After), Packed.Number(read.Limit), Packed.Number(Math.Min(read.MaxBytes, mostBytes)), read.WithVectors ? "1" : "0", read.ResourceId ?? ""],
        answer => Rows.IsNothing(answer) ? null : Page(read, answer), cancellationToken);

    /// <inheritdoc/>
    public Task PutResourceAsync(ResourceRecord resource, CancellationToken cancellationToken = default) => redis.EvalAsync(
        "make a resource", Scripts.PutResource, [keys.Index(resource.Id), keys.Resources], [keys.Prefix, resource.Id, Packed.Number(resource.CreatedAt.ToUnixMicroseconds())], _ => true, cancellationToken);

    /// <inheritdoc/>
    /// <remarks>A piece that is larger than half of what the plan allows in a request is written by parts in several, each all or nothing.</remarks>
    public Task<ArchiveOutcome> WriteAsync(ArchivePiece piece, CancellationToken cancellationToken = default) => new ArchiveCall(keys, piece, mostBytes).RunAsync(redis, cancellationToken);

    private static StoredThread? State(ThreadRecord? thread, JsonElement version) => thread is null ? null : new StoredThread(thread, Rows.IsNothing(version) ? 0 : Rows.Number(version));

    private static ArchivePage Page(ArchiveRead read, JsonElement answer)
    {
        var space = answer[0].GetString() is { Length: > 0 } model ? new EmbeddingSpace(model, (int)Rows.Number(answer[1])) : null;
        return new ArchivePage([.. answer[3].EnumerateArray().Select(row => Message(read, row))], answer[2].GetInt32() == 1, space);
    }

    private static ArchivedMessage Message(ArchiveRead read, JsonElement row)
    {
        var message = MessageText.Read(read.ThreadId, row[0].GetString()!, Rows.Number(row[1])); // a member, as the script gives it
        var stored = new StoredMessage(message, Rows.Number(row[2]), Convert.FromHexString(row[3].GetString()!)); // as above
        return new ArchivedMessage(stored, read.WithVectors && row[4].GetInt32() == 1 ? ReadOnlyMemory<float>.Empty : default(ReadOnlyMemory<float>?));
    }
}
