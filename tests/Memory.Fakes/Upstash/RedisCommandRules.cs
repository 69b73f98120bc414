namespace Memory.Fakes;

/// <summary>Which commands Upstash refuses over REST, and which a token that only reads may not send.</summary>
internal sealed class RedisCommandRules
{
    // Absent from Upstash's list of commands, or impossible over REST because they block or belong to a connection. CONFIG, SCRIPT's other half and
    // the commands that empty a database are here to protect the Redis that the tests share.
    private static readonly HashSet<string> Unsupported =
    [
        "BLPOP", "BRPOP", "BLMOVE", "BLMPOP", "BRPOPLPUSH", "BZPOPMIN", "BZPOPMAX", "BZMPOP", "WAIT", "WAITAOF",
        "SUBSCRIBE", "PSUBSCRIBE", "SSUBSCRIBE", "UNSUBSCRIBE", "PUNSUBSCRIBE", "SUNSUBSCRIBE", "MONITOR",
        "MULTI", "EXEC", "DISCARD", "WATCH", "UNWATCH", "AUTH", "HELLO", "SELECT", "CLIENT", "QUIT", "RESET", "READONLY", "READWRITE", "ASKING",
        "SORT", "SORT_RO", "OBJECT", "LCS", "CLUSTER", "MOVE", "SWAPDB", "SLOWLOG", "LATENCY", "DEBUG", "XSETID", "MIGRATE", "ROLE", "LOLWUT", "MEMORY", "MODULE",
        "SHUTDOWN", "REPLICAOF", "SLAVEOF", "FAILOVER", "SYNC", "PSYNC", "SAVE", "BGSAVE", "BGREWRITEAOF", "COMMAND",
        "VADD", "VCARD", "VDIM", "VEMB", "VGETATTR", "VINFO", "VLINKS", "VRANDMEMBER", "VREM", "VSETATTR", "VSIM",
        "CONFIG", "FLUSHALL", "FLUSHDB",
    ];

    // What a token that only reads may not do though it writes nothing. Documented for EVALSHA, SCAN and KEYS; the others are a guess.
    private static readonly HashSet<string> Guarded =
        ["EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO", "FUNCTION", "SCRIPT", "SCAN", "KEYS", "XGROUP", "PUBLISH"];

    // Which commands a full database still accepts, beside those that write nothing.
    private static readonly HashSet<string> Deletes =
    [
        "DEL", "UNLINK", "GETDEL", "HDEL", "HGETDEL", "SREM", "SPOP", "LREM", "LTRIM", "LPOP", "RPOP", "LMPOP", "ZREM", "ZREMRANGEBYSCORE", "ZREMRANGEBYRANK",
        "ZREMRANGEBYLEX", "ZPOPMIN", "ZPOPMAX", "ZMPOP", "XDEL", "XTRIM", "EXPIRE", "PEXPIRE", "EXPIREAT", "PEXPIREAT", "PERSIST",
    ];

    private readonly HashSet<string> writes;

    /// <param name="commands">Redis's reply to COMMAND, which says of each whether it writes.</param>
    public RedisCommandRules(RedisReply commands) =>
        writes = [.. commands.Items.Where(command => command.Items[2].Items.Any(flag => flag.Text == "write")).Select(command => command.Items[0].Text.ToUpperInvariant()), "EVAL", "EVALSHA", "FCALL", "FUNCTION", "XGROUP"];

    /// <summary>Whether it may change something.</summary>
    public bool Writes(RedisCommand command) => writes.Contains(command.Name);

    /// <summary>The error of a command that is refused before Redis sees it; null when it is not. Their wording is a guess after the first word.</summary>
    public string? Refusal(RedisCommand command, bool mayWrite, UpstashQuota quota)
    {
        var name = command.Name;
        var lower = name.ToLowerInvariant();
        return command.Arguments.Count == 0 ? "ERR empty command"
            : IsUnsupported(command) ? $"ERR Command is not available: '{name}'"
            : !mayWrite && (Writes(command) || Guarded.Contains(name)) ? $"NOPERM this user has no permissions to run the '{lower}' command or its subcommand"
            : quota switch
            {
                UpstashQuota.DailyRequests => "ERR max daily request limit exceeded. Limit: 10000, Usage: 10000",
                UpstashQuota.MonthlyRequests => "ERR max requests limit exceeded. Limit: 500000, Usage: 500000",
                UpstashQuota.Capacity when Writes(command) && !Deletes.Contains(name) => "ERR DB capacity quota exceeded",
                _ => null,
            };
    }

    private static bool IsUnsupported(RedisCommand command) => command.Name switch
    {
        "XREAD" or "XREADGROUP" => command.Arguments.Skip(1).Any(argument => argument.AsSpan().SequenceEqual("BLOCK"u8) || argument.AsSpan().SequenceEqual("block"u8)),
        "SCRIPT" => command.Text(1).ToUpperInvariant() is not ("LOAD" or "EXISTS" or "FLUSH"),
        var name => Unsupported.Contains(name) || name.StartsWith("FT.", StringComparison.Ordinal),
    };
}
