namespace Memory.Fakes;

/// <summary>In which of the ways a request holds its commands.</summary>
internal enum RedisRequestForm
{
    Command,
    Pipeline,
    Transaction,
    Path,
}
