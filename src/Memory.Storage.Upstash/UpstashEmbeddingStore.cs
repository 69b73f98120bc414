using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// The list of messages that await their vectors, beside the messages in Redis. The vectors themselves are in an <see cref="IVectorIndex"/>: what is put here says only that they are there,
/// so that it is used behind a <see cref="SplitEmbeddingStore"/>.
/// </summary>
public sealed class UpstashEmbeddingStore(UpstashServices services) : IEmbeddingStore
{
    private const int MessagesPerFill = 2_000;

    private readonly RedisClient redis = services.Redis;
    private readonly Keys keys = new(services.Options.Prefix);

    /// <inheritdoc/>
    public Task<EmbeddingSpace?> FindSpaceAsync(CancellationToken cancellationToken = default) => redis.CommandAsync(
        "find the vector space", ["HMGET", keys.Space, "model", "dimensions"],
        fields => Rows.IsNothing(fields[0]) ? null : new EmbeddingSpace(fields[0].GetString()!, (int)Rows.Number(fields[1])), // looked at
        cancellationToken);

    /// <inheritdoc/>
    public Task<int> PutAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        var threads = messages.Select(message => message.Message).GroupBy(message => message.ThreadId, StringComparer.Ordinal).ToList();
        List<string> arguments = [keys.Prefix, space.Model, Packed.Number(space.Dimensions), Packed.Number(now.ToUnixTimeSeconds()), Packed.Number(threads.Count)];
        foreach (var thread in threads)
        {
            arguments.AddRange([thread.Key, Keys.Place(thread.Key), Packed.Number(thread.Count())]);
            foreach (var content in thread.Select(message => message.Content))
            {
                arguments.AddRange([content.MessageId, Packed.Number(content.Revision), content.Fingerprint, Keys.Content(content)]);
            }
        }

        return redis.EvalAsync(
            "note vectors", Scripts.PutVectors, [], arguments,
            answer => answer[0].GetString() == "put" ? answer[1].GetInt32()
                : throw RefusedException.OtherSpace(new EmbeddingSpace(answer[1].GetString()!, (int)Rows.Number(answer[2])), space), // the stored space
            cancellationToken);
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "claim messages to embed";
        await FillAsync(operation, now, cancellationToken);
        return await redis.EvalAsync(
            operation, Scripts.Claim, [], [keys.Prefix, Packed.Number(limit), Time(now), Time(now + lease)],
            answer => (IReadOnlyList<PendingMessage>)[.. answer.EnumerateArray().Select(Pending).OrderBy(item => item.Message.ThreadId, StringComparer.Ordinal).ThenBy(item => item.Message.Position)],
            cancellationToken);
    }

    /// <inheritdoc/>
    public Task PostponeAsync(IReadOnlyList<PendingMessage> messages, DateTimeOffset dueAt, CancellationToken cancellationToken = default) => redis.EvalAsync(
        "postpone messages to embed", Scripts.Postpone, [],
        [keys.Prefix, Time(dueAt), .. messages.SelectMany(message => (string[])[message.Message.ThreadId, Packed.Number(message.Message.Position), Packed.Number(message.Attempts)])],
        _ => true, cancellationToken);

    /// <inheritdoc/>
    public async Task<long> MoveAsync(EmbeddingSpace space, DateTimeOffset now, CancellationToken cancellationToken = default)
    {
        const string operation = "move to another embedder";
        await redis.EvalAsync(operation, Scripts.Move, [], [keys.Prefix, space.Model, Packed.Number(space.Dimensions), Time(now)], _ => true, cancellationToken);
        while (await FillAsync(operation, now, cancellationToken))
        {
        }

        return await CountAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public Task<long> CountAsync(CancellationToken cancellationToken = default) =>
        redis.CommandAsync("count messages to embed", ["ZCARD", keys.Pending], answer => answer.GetInt64(), cancellationToken);

    private static string Time(DateTimeOffset time) => Packed.Number(time.ToUnixMicroseconds());

    private static PendingMessage Pending(JsonElement row)
    {
        var message = MessageText.Read(row[0].GetString()!, row[4].GetString()!, Rows.Number(row[1])); // texts, as the script gives them
        var version = new MessageVersion(
            message.ThreadId, message.Position, message.Id, message.Role, message.CreatedAt, Rows.Number(row[2]), Convert.FromHexString(row[3].GetString()!)); // as above
        return new PendingMessage(version, message.Name, message.Content.Text, row[5].GetInt32());
    }

    private Task<bool> FillAsync(string operation, DateTimeOffset now, CancellationToken cancellationToken) =>
        redis.EvalAsync(operation, Scripts.Fill, [], [keys.Prefix, Time(now), Packed.Number(MessagesPerFill)], answer => answer.GetInt64() == 1, cancellationToken);
}
