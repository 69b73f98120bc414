using System.Text;

namespace Memory.Core;

/// <summary>One conversation of a resource.</summary>
public sealed record ThreadRecord
{
    /// <summary>Unique among all threads.</summary>
    public required string Id { get; init; }

    /// <summary>Whose conversation it is.</summary>
    public required string ResourceId { get; init; }

    /// <summary>The caller's title, or null.</summary>
    public string? Title { get; init; }

    /// <summary>The caller's JSON object, or null.</summary>
    public RawJson? Metadata { get; init; }

    /// <summary>When it was created, to the microsecond, UTC.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it last changed: its fields or its messages.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>The position of the last message appended; 0 when there was none.</summary>
    public long LastPosition { get; init; }

    /// <summary>How many messages it holds.</summary>
    public long MessageCount { get; init; }

    /// <summary>After how long without a change it is removed, in whole seconds; null for the deployment's time to live, if there is one.</summary>
    public TimeSpan? TimeToLive { get; init; }

    /// <summary>Changes with title, metadata and time to live, not with messages; never repeats for an id, even after it was deleted and made again.</summary>
    public required long Version { get; init; }
}

/// <summary>One page of a listing.</summary>
/// <param name="Items">The page, in the order asked.</param>
/// <param name="Next">Where the next page begins; null at the end.</param>
public sealed record Page<TItem, TCursor>(IReadOnlyList<TItem> Items, TCursor? Next)
    where TCursor : class;

/// <summary>What to list threads by.</summary>
public enum ThreadOrder
{
    /// <summary>The time of creation.</summary>
    CreatedAt,

    /// <summary>The time of the last change.</summary>
    UpdatedAt,
}

/// <summary>A listing of a resource's threads.</summary>
/// <param name="ResourceId">Whose threads.</param>
/// <param name="Limit">How many at most.</param>
/// <param name="OrderBy">By which time; ties go by id.</param>
/// <param name="Descending">Newest first.</param>
/// <param name="After">The last thread of the page before.</param>
public sealed record ThreadListing(string ResourceId, int Limit, ThreadOrder OrderBy, bool Descending, ThreadCursor? After);

/// <summary>A place in a listing of threads.</summary>
/// <param name="Time">The time the listing is ordered by.</param>
/// <param name="Id">The thread's id.</param>
public sealed record ThreadCursor(DateTimeOffset Time, string Id);

/// <summary>A listing of resources, by id.</summary>
/// <param name="Limit">How many at most.</param>
/// <param name="After">The last id of the page before; null for the first page.</param>
/// <param name="Prefix">Only those whose ids begin with it; null for all.</param>
public sealed record ResourceListing(int Limit, string? After = null, string? Prefix = null)
{
    /// <summary>The least id that may be listed: the last one of the page before, which itself is not, or the prefix.</summary>
    public string Start =>
        After is not null && (Prefix is null || Encoding.UTF8.GetBytes(After).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(Prefix)) >= 0) ? After : Prefix ?? "";

    /// <summary>The first text behind all that begin with the prefix, in the order of code points, which is that of bytes of UTF-8; null when nothing is behind them.</summary>
    public string? End
    {
        get
        {
            List<Rune> runes = [.. (Prefix ?? "").EnumerateRunes()];
            while (runes is [.., var last])
            {
                runes.RemoveAt(runes.Count - 1);
                if (last.Value < 0x10FFFF)
                {
                    return $"{string.Concat(runes)}{new Rune(last.Value == 0xD7FF ? 0xE000 : last.Value + 1)}";
                }
            }

            return null;
        }
    }
}

/// <summary>Someone whose conversations are kept.</summary>
/// <param name="Id">The resource's id.</param>
/// <param name="CreatedAt">When it was first seen.</param>
public sealed record ResourceRecord(string Id, DateTimeOffset CreatedAt);

/// <summary>What a clone is made of.</summary>
/// <param name="Source">The thread to copy.</param>
/// <param name="Id">The new thread's id.</param>
/// <param name="ResourceId">Its resource; null for the source's.</param>
/// <param name="UpTo">The last position to copy; null for all.</param>
/// <param name="Now">The new thread's time of creation.</param>
public sealed record ThreadClone(ThreadAddress Source, string Id, string? ResourceId, long? UpTo, DateTimeOffset Now);

/// <summary>What an erasure removed.</summary>
/// <param name="Threads">Threads removed.</param>
/// <param name="Messages">Messages removed, with their lexical terms.</param>
/// <param name="WorkingMemories">Working memory documents removed.</param>
/// <param name="Operations">Operations removed, waiting and finished.</param>
/// <param name="Leftovers">Rows of the resource found by a last look; 0.</param>
public sealed record ErasedCounts(long Threads, long Messages, long WorkingMemories, long Operations, long Leftovers);
