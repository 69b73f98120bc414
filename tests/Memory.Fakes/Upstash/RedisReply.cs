using System.Text;

namespace Memory.Fakes;

/// <summary>A reply of Redis, in its protocol's second version.</summary>
internal sealed record RedisReply
{
    public static RedisReply Null { get; } = new() { Kind = RedisReplyKind.Null };

    public required RedisReplyKind Kind { get; init; }

    /// <summary>What a string, a status or an error says.</summary>
    public byte[] Bytes { get; init; } = [];

    public long Number { get; init; }

    public IReadOnlyList<RedisReply> Items { get; init; } = [];

    public bool IsError => Kind == RedisReplyKind.Error;

    public string Text => Encoding.UTF8.GetString(Bytes);

    /// <summary>The bytes of all the texts in it, which is what counts towards the limit of a command's result.</summary>
    public long Size => Bytes.Length + Items.Sum(item => item.Size);

    public static RedisReply Error(string text) => new() { Kind = RedisReplyKind.Error, Bytes = Encoding.UTF8.GetBytes(text) };

    public static RedisReply Status(string text) => new() { Kind = RedisReplyKind.Status, Bytes = Encoding.UTF8.GetBytes(text) };

    public static RedisReply String(byte[] bytes) => new() { Kind = RedisReplyKind.String, Bytes = bytes };

    public static RedisReply Integer(long number) => new() { Kind = RedisReplyKind.Integer, Number = number };

    public static RedisReply Array(IReadOnlyList<RedisReply> items) => new() { Kind = RedisReplyKind.Array, Items = items };
}
