namespace Memory.Storage.LibSql;

/// <summary>A message's key: its thread's key in the upper 35 bits, its position in the lower 28.</summary>
internal static class MessageKey
{
    /// <summary>The last position a thread can have: 268,435,455.</summary>
    public const long LastPosition = (1L << Bits) - 1;

    private const int Bits = 28;

    public static long Of(long thread, long position) => (thread << Bits) | position;

    public static long First(long thread) => Of(thread, 0);

    public static long Last(long thread) => Of(thread, LastPosition);

    public static long Thread(long key) => key >> Bits;

    public static int Position(long key) => (int)(key & LastPosition);
}
