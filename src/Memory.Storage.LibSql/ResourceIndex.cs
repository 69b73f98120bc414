using Memory.Core;
using Microsoft.Data.Sqlite;

namespace Memory.Storage.LibSql;

/// <summary>One resource's search index and how far it has followed the journal of changes. Many search it at once; one brings it up to date.</summary>
#pragma warning disable CA1001 // An index dropped from the cache may still be searched: the collector frees its lock, which holds no handle unless threads wait.
internal sealed class ResourceIndex(long resourceKey, long maxBytes)
#pragma warning restore CA1001
{
    private const string Sequence = "select coalesce(max(sequence), 0) from changes";

    private const string ChangesSince = "select first_key, last_key from changes where sequence > ?1 and resource_key = ?2";

    private const string OldestChange = "select coalesce(min(sequence), 0) from changes";

    private const string AllTerms =
        """
        select m.key, m.role, m.created_at, m.terms
        from threads t cross join messages m on m.key between t.key << 28 and (t.key << 28) | 268435455
        where t.resource_key = ?1 and m.terms is not null
        """;

    private const string TermsBetween = "select key, role, created_at, terms from messages where key between ?1 and ?2 and terms is not null";

    private readonly ReaderWriterLockSlim gate = new();
    private LexicalIndex? index;
    private long sequence;
    private bool isTooLarge;

    public long ResourceKey { get; } = resourceKey;

    /// <summary>When it was last searched, in milliseconds of the machine's uptime.</summary>
    public long LastUsed { get; private set; }

    /// <summary>The memory it takes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Searches the resource as it is in the session's transaction, or later.</summary>
    /// <returns>The hits, best first, and whether the index takes more memory than before.</returns>
    public (IReadOnlyList<LexicalHit> Hits, bool HasGrown) Search(SqliteSession session, LexicalQuery query)
    {
        LastUsed = Environment.TickCount64;
        var now = session.Number(Sequence)!.Value; // an aggregate always has a row
        var hasGrown = false;
        while (true)
        {
            gate.EnterReadLock();
            try
            {
                if (index is not null && sequence >= now)
                {
                    return (index.Search(query), hasGrown);
                }
            }
            finally
            {
                gate.ExitReadLock();
            }

            if (isTooLarge)
            {
                return (Load(session, query.Terms).Search(query), hasGrown);
            }

            hasGrown = CatchUp(session, now) || hasGrown;
        }
    }

    private bool CatchUp(SqliteSession session, long now)
    {
        gate.EnterWriteLock();
        try
        {
            if (index is not null && sequence >= now)
            {
                return false; // another search was here first, with a newer state than this one's
            }

            if (index is null || IsForgotten(session) || index.Dead > index.Count + 1_024)
            {
                index = Load(session, only: null);
            }
            else
            {
                session.Each(ChangesSince, change => Reread(session, change.GetInt64(0), change.GetInt64(1)), sequence, ResourceKey);
            }

            sequence = Math.Max(sequence, now);
            var before = Bytes;
            Bytes = index.Bytes;
            if (Bytes > maxBytes)
            {
                (index, Bytes, isTooLarge) = (null, 0, true);
            }

            return Bytes > before;
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    private bool IsForgotten(SqliteSession session) => session.Number(OldestChange) > sequence + 1;

    private bool Reread(SqliteSession session, long firstKey, long lastKey)
    {
        index!.RemoveRange(MessageKey.Thread(firstKey), MessageKey.Position(firstKey), MessageKey.Position(lastKey)); // set by the caller
        session.Each(TermsBetween, row => Put(index, row), firstKey, lastKey);
        return true;
    }

    /// <summary>Reads the resource's messages into a new index, of all terms or of a query's only.</summary>
    private LexicalIndex Load(SqliteSession session, IReadOnlyCollection<string>? only)
    {
        var loaded = new LexicalIndex(only);
        session.Each(AllTerms, row => Put(loaded, row) && (only is not null || loaded.Bytes <= maxBytes), ResourceKey);
        return loaded;
    }

    private static bool Put(LexicalIndex into, SqliteDataReader row)
    {
        var key = row.GetInt64(0);
        into.Put(MessageKey.Thread(key), MessageKey.Position(key), Rows.Role(row.GetString(1)), row.GetInt64(2), (byte[])row.GetValue(3));
        return true;
    }
}
