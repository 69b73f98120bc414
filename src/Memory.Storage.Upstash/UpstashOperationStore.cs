using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Accepted operations in Redis, where they are their own queue; each call is one script. The services are the caller's.
/// </summary>
/// <remarks>
/// Keys, each after the prefix and a colon. A member is the number of acceptance in 16 digits and the id, so that equal scores go by age; times are microseconds.
/// <list type="bullet">
/// <item><c>o:ID</c>, a hash: k kind, r resource, t thread, p payload, s status, a attempts, ec and em error, v result, c and u times of creation and change, n number of acceptance,
/// x the claim's name, e the mark of the call that ended it. What is not there is empty or missing.</item>
/// <item><c>on</c>, the last number. <c>ow</c>, members by when they are due: queued for later, or running until their lease ends. <c>oq</c>, members that were found due.</item>
/// <item><c>os</c> and <c>of</c>, members that succeeded or failed, by when.</item>
/// <item><c>or:RESOURCE</c>, a set of the ids of a resource's operations. To erase these, delete their hashes and the set: members without their hash are passed over, and dropped.</item>
/// <item><c>ot:THREAD</c>, a set of the ids of operations that name no resource and work on a thread that was not there when they were accepted.</item>
/// </list>
/// </remarks>
public sealed class UpstashOperationStore(UpstashServices services) : IOperationStore
{
    private static readonly string Accept = ScriptText.Read("operations_accept");
    private static readonly string Claim = ScriptText.Read("operations_claim");
    private static readonly string End = ScriptText.Read("operations_end");
    private static readonly string Failed = ScriptText.Read("operations_failed");
    private static readonly string Redrive = ScriptText.Read("operations_redrive");
    private static readonly string Remove = ScriptText.Read("operations_remove");
    private static readonly string Purge = ScriptText.Read("operations_purge");
    private static readonly string[] Fields = ["k", "r", "t", "p", "s", "a", "ec", "em", "v", "c", "u"];

    private readonly string prefix = services.Options.Prefix;
    private readonly RedisClient redis = services.Redis;

    // A payload may take twice its length when it is quoted.
    private string MostBytes => Packed.Number(services.Options.MaxCommandBytes / 2);

    private string Waiting => $"{prefix}:ow";

    private string Succeeded => $"{prefix}:os";

    private string FailedForGood => $"{prefix}:of";

    /// <inheritdoc/>
    public Task<Operation> AcceptAsync(Operation operation, CancellationToken cancellationToken = default)
    {
        // The resource that a thread belongs to is only found by the script, and with it the key of the resource's operations.
        string[] keys = operation is { ResourceId: null, ThreadId: not null } ? []
            : [Key(operation.Id), Waiting, $"{prefix}:on", .. operation.ResourceId is { } resourceId ? [$"{prefix}:or:{resourceId}"] : Array.Empty<string>()];
        return redis.EvalAsync(
            "accept an operation", Accept, keys,
            [prefix, operation.Id, operation.Kind, operation.ResourceId ?? "", operation.ThreadId ?? "", Micros(operation.CreatedAt), operation.Payload?.Text ?? ""],
            Read, cancellationToken);
    }

    /// <inheritdoc/>
    public Task<Operation?> FindAsync(string operationId, CancellationToken cancellationToken = default) =>
        redis.CommandAsync(
            "find an operation", ["HMGET", Key(operationId), .. Fields],
            fields => fields[0].ValueKind == JsonValueKind.Null ? null : Read(operationId, fields), cancellationToken);

    /// <inheritdoc/>
    /// <remarks>Fewer than asked, but at least one, when they would not fit into an answer.</remarks>
    public Task<IReadOnlyList<Operation>> ClaimAsync(int limit, TimeSpan lease, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        redis.EvalAsync("claim operations", Claim, [], [prefix, Packed.Number(limit), Micros(now + lease), Micros(now), NewMark(), MostBytes], ReadAll, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> CompleteAsync(string operationId, int attempt, RawJson result, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("complete an operation", operationId, attempt, OperationStatus.Succeeded, now, now, ["v", result.Text, "p", "", "ec", "", "em", ""], cancellationToken);

    /// <inheritdoc/>
    public Task<bool> ContinueAsync(
        string operationId, int attempt, RawJson progress, DateTimeOffset dueAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync("continue an operation later", operationId, attempt, OperationStatus.Running, now, dueAt, ["a", "0", "v", progress.Text, "ec", "", "em", ""], cancellationToken);

    /// <inheritdoc/>
    public Task<bool> FailAsync(
        string operationId, int attempt, OperationError reason, DateTimeOffset? retryAt, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        EndAsync(
            "note an operation's failure", operationId, attempt, retryAt is null ? OperationStatus.Failed : OperationStatus.Queued, now, retryAt ?? now,
            ["ec", reason.Code, "em", reason.Message], cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Operation>> ListFailedAsync(int limit, CancellationToken cancellationToken = default)
    {
        List<Operation> listed = [];
        IReadOnlyList<Operation> some;
        do
        {
            some = await redis.EvalAsync(
                "list failed operations", Failed, [], [prefix, Packed.Number(listed.Count), Packed.Number(limit - listed.Count), MostBytes], ReadAll, cancellationToken);
            listed.AddRange(some);
        }
        while (some.Count > 0 && listed.Count < limit);

        return listed;
    }

    /// <inheritdoc/>
    public Task<bool> RedriveAsync(string operationId, DateTimeOffset now, CancellationToken cancellationToken = default) =>
        redis.EvalAsync(
            "redrive an operation", Redrive, [Key(operationId), Waiting, FailedForGood], [operationId, Micros(now), NewMark()], reply => reply.GetInt32() == 1, cancellationToken);

    /// <inheritdoc/>
    public Task<bool> RemoveAsync(string operationId, CancellationToken cancellationToken = default) =>
        redis.EvalAsync("remove an operation", Remove, [], [prefix, operationId], reply => reply.GetInt32() == 1, cancellationToken);

    /// <inheritdoc/>
    public Task<int> PurgeAsync(DateTimeOffset before, int limit, CancellationToken cancellationToken = default) =>
        redis.EvalAsync("purge operations", Purge, [], [prefix, Micros(before), Packed.Number(limit)], reply => reply.GetInt32(), cancellationToken);

    private Task<bool> EndAsync(
        string what, string operationId, int attempt, OperationStatus status, DateTimeOffset now, DateTimeOffset dueAt, string[] changes, CancellationToken cancellationToken)
    {
        string[] ending = [Packed.Number((int)status), Micros(dueAt), .. changes];

        // Whoever ends a claim twice in the same way, because no answer came, has ended it.
        var mark = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', [Packed.Number(attempt), Micros(now), .. ending]))));
        return redis.EvalAsync(
            what, End, [Key(operationId), Waiting, Succeeded, FailedForGood], [operationId, Packed.Number(attempt), mark, Micros(now), .. ending],
            reply => reply.GetInt32() == 1, cancellationToken);
    }

    private string Key(string operationId) => $"{prefix}:o:{operationId}";

    private static string Micros(DateTimeOffset time) => Packed.Number(time.ToUnixMicroseconds());

    // One call's own: it is the same when the request is sent again.
    private static string NewMark() => Guid.NewGuid().ToString("N");

    private static IReadOnlyList<Operation> ReadAll(JsonElement reply) => [.. reply.EnumerateArray().Select(Read)];

    private static Operation Read(JsonElement pair) => Read(pair[0].GetString()!, pair[1]); // a script's own id

    private static Operation Read(string id, JsonElement fields) => new()
    {
        Id = id,
        Kind = Text(fields[0]) ?? "",
        ResourceId = Text(fields[1]),
        ThreadId = Text(fields[2]),
        Payload = Text(fields[3]) is { } payload ? new RawJson(payload) : null,
        Status = (OperationStatus)Number(fields[4]),
        Attempts = (int)Number(fields[5]),
        Error = Text(fields[6]) is { } code ? new OperationError(code, Text(fields[7]) ?? "") : null,
        Result = Text(fields[8]) is { } result ? new RawJson(result) : null,
        CreatedAt = Timestamps.FromUnixMicroseconds(Number(fields[9])),
        UpdatedAt = Timestamps.FromUnixMicroseconds(Number(fields[10])),
    };

    private static string? Text(JsonElement field) => field.GetString() is { Length: > 0 } text ? text : null;

    private static long Number(JsonElement field) => long.Parse(field.GetString()!, System.Globalization.CultureInfo.InvariantCulture); // every operation has it
}
