namespace Memory.Fakes;

internal enum RedisReplyKind
{
    Null,
    Status,
    Error,
    Integer,
    String,
    Array,
}
