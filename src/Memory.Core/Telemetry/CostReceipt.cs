namespace Memory.Core;

/// <summary>
/// What one call has cost so far: collected where the metrics are, for a caller who asked. It follows the call through everything that it awaits; who has not opened one pays for the
/// look whether there is one.
/// </summary>
public sealed class CostReceipt
{
    private static readonly AsyncLocal<CostReceipt?> Followed = new();

    private long requests, commands, bytesSent, bytesReceived, embeddingTokens, append, embed, search;

    private CostReceipt()
    {
    }

    /// <summary>The receipt of the call that runs here; null when nobody asked.</summary>
    public static CostReceipt? Current => Followed.Value;

    /// <summary>Round trips to the storage; of a file, transactions. A request that several calls share counts for each.</summary>
    public long Requests => Interlocked.Read(ref requests);

    /// <summary>Statements or commands that the requests carried.</summary>
    public long Commands => Interlocked.Read(ref commands);

    /// <summary>Bytes sent to the storage.</summary>
    public long BytesSent => Interlocked.Read(ref bytesSent);

    /// <summary>Bytes received from the storage.</summary>
    public long BytesReceived => Interlocked.Read(ref bytesReceived);

    /// <summary>Tokens that the embedder says it was given.</summary>
    public long EmbeddingTokens => Interlocked.Read(ref embeddingTokens);

    /// <summary>How long storing messages took; null when there was no append.</summary>
    public TimeSpan? Append => Time(ref append);

    /// <summary>How long embedding took; null when nothing was embedded.</summary>
    public TimeSpan? Embed => Time(ref embed);

    /// <summary>How long searching and reading took; null when there was no recall.</summary>
    public TimeSpan? Search => Time(ref search);

    /// <summary>Opens a receipt for whatever the calling method does from now on.</summary>
    public static CostReceipt Open() => Followed.Value = new CostReceipt();

    /// <summary>Adds one request.</summary>
    /// <param name="commandCount">How many statements or commands it carries.</param>
    public void AddRequest(int commandCount)
    {
        Interlocked.Increment(ref requests);
        Interlocked.Add(ref commands, commandCount);
    }

    /// <summary>Adds bytes.</summary>
    public void AddBytes(long sent, long received)
    {
        Interlocked.Add(ref bytesSent, sent);
        Interlocked.Add(ref bytesReceived, received);
    }

    /// <summary>Adds tokens.</summary>
    public void AddTokens(long tokens) => Interlocked.Add(ref embeddingTokens, tokens);

    /// <summary>Adds time; null for what was not done.</summary>
    public void AddTime(TimeSpan? append = null, TimeSpan? embed = null, TimeSpan? search = null)
    {
        Add(ref this.append, append);
        Add(ref this.embed, embed);
        Add(ref this.search, search);
    }

    // In ticks, and one more, so that what took no time that a clock sees was done all the same.
    private static void Add(ref long ticks, TimeSpan? time)
    {
        if (time is { } spent)
        {
            Interlocked.Add(ref ticks, spent.Ticks + 1);
        }
    }

    private static TimeSpan? Time(ref long ticks) => Interlocked.Read(ref ticks) is > 0 and var spent ? new TimeSpan(spent - 1) : null;
}
