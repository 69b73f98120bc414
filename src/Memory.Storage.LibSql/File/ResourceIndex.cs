using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>One resource's search index and how far it has followed the journal of changes. Many search it at once; one brings it up to date.</summary>
#pragma warning disable CA1001 // An index dropped from the cache may still be searched: the collector frees its lock, which holds no handle unless threads wait.
internal sealed class ResourceIndex(long resourceKey, long maxBytes)
#pragma warning restore CA1001
{
    private const string Sequence = "select coalesce(max(sequence), 0) from changes";

    private const string ChangesSince = "select first_key, last_key from changes where sequence > ?1 and resource_key = ?2";

    private const string OldestChange = "select coalesce(min(sequence), 0) from changes";

    private const string Everything =
        """
        select m.key, m.role, m.created_at, m.terms, v.vectors
        from threads t cross join messages m on m.key between t.key << 28 and (t.key << 28) | 268435455
            left join vectors v on v.key = m.key and v.space_key = ?2
        where t.resource_key = ?1 and m.terms is not null
        """;

    private const string Between =
        """
        select m.key, m.role, m.created_at, m.terms, v.vectors
        from messages m left join vectors v on v.key = m.key and v.space_key = ?3
        where m.key between ?1 and ?2 and m.terms is not null
        """;

    private readonly ReaderWriterLockSlim gate = new();
    private MessageIndex? index;
    private long? spaceKey;
    private long sequence;
    private bool isTooLarge;

    public long ResourceKey { get; } = resourceKey;

    /// <summary>When it was last searched, in milliseconds of the machine's uptime.</summary>
    public long LastUsed { get; private set; }

    /// <summary>The memory it takes.</summary>
    public long Bytes { get; private set; }

    /// <summary>Asks the resource's index as it is in the session's transaction, or later.</summary>
    /// <param name="session">Reads what has changed.</param>
    /// <param name="space">The space of the vectors to search; null to search by words alone.</param>
    /// <param name="query">For the case that the index is made for this query only.</param>
    /// <param name="ask">Asks it; the index must not be kept.</param>
    /// <returns>The answer, and how many bytes more the index takes than before.</returns>
    public (T Answer, long Growth) Search<T>(SqliteSession session, VectorSpaces? space, IndexQuery query, Func<MessageIndex, IndexQuery, T> ask)
    {
        LastUsed = Environment.TickCount64;
        var now = session.Number(Sequence)!.Value; // an aggregate always has a row
        var growth = 0L;
        while (true)
        {
            gate.EnterReadLock();
            try
            {
                if (index is not null && IsCurrent(now, space))
                {
                    return (ask(index, query), growth);
                }
            }
            finally
            {
                gate.ExitReadLock();
            }

            if (isTooLarge)
            {
                // Vectors are compared as they are read, and only the cosines kept: a vector of one number each, and so is the query's.
                var projected = query.Vector is null ? query : query with { Vector = new float[] { 1 } };
                return (ask(Load(session, space, query), projected), growth);
            }

            growth += CatchUp(session, space, now);
        }
    }

    private long CatchUp(SqliteSession session, VectorSpaces? space, long now)
    {
        gate.EnterWriteLock();
        try
        {
            if (index is not null && IsCurrent(now, space))
            {
                return 0; // another search was here first, with this one's state or a newer one
            }

            if (index is null || spaceKey != space?.Key || IsForgotten(session) || index.Dead > index.Count + 1_024)
            {
                (index, spaceKey) = (Load(session, space, only: null), space?.Key);
            }
            else
            {
                session.Each(ChangesSince, change => Reread(session, index, change.GetInt64(0), change.GetInt64(1)), sequence, ResourceKey);
            }

            sequence = Math.Max(sequence, now);
            var before = Bytes;
            Bytes = index.Bytes;
            if (Bytes > maxBytes)
            {
                (index, Bytes, isTooLarge) = (null, 0, true);
            }

            return Bytes - before;
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    private bool IsCurrent(long now, VectorSpaces? space) => sequence >= now && spaceKey == space?.Key;

    private bool IsForgotten(SqliteSession session) => session.Number(OldestChange) > sequence + 1;

    private bool Reread(SqliteSession session, MessageIndex into, long firstKey, long lastKey)
    {
        into.RemoveRange(MessageKey.Thread(firstKey), MessageKey.Position(firstKey), MessageKey.Position(lastKey));
        session.Each(Between, row => Put(into, row), firstKey, lastKey, spaceKey);
        return true;
    }

    /// <summary>Reads the resource's messages into a new index, all that is searched or what one query needs.</summary>
    private MessageIndex Load(SqliteSession session, VectorSpaces? space, IndexQuery? only)
    {
        var loaded = only is null ? new MessageIndex(space?.Space.Dimensions ?? 0) : new MessageIndex(dimensions: 1, only.Terms);
        session.Each(
            Everything,
            row => only is null ? Put(loaded, row) && loaded.Bytes <= maxBytes : PutCosines(loaded, row, only.Vector),
            ResourceKey, space?.Key);
        return loaded;
    }

    private static bool Put(MessageIndex into, SqliteRow row)
    {
        var key = PutTerms(into, row);
        if (!row.IsNull(4))
        {
            into.PutVectors(MessageKey.Thread(key), MessageKey.Position(key), MemoryMarshal.Cast<byte, float>(row.GetBytes(4)));
        }

        return true;
    }

    private static bool PutCosines(MessageIndex into, SqliteRow row, ReadOnlyMemory<float>? vector)
    {
        var key = PutTerms(into, row);
        if (!row.IsNull(4))
        {
            var vectors = MemoryMarshal.Cast<byte, float>(row.GetBytes(4));
            into.PutVectors(MessageKey.Thread(key), MessageKey.Position(key), vector is { } other ? Cosines(vectors, other.Span) : []);
        }

        return true;
    }

    private static long PutTerms(MessageIndex into, SqliteRow row)
    {
        var key = row.GetInt64(0);
        into.Put(MessageKey.Thread(key), MessageKey.Position(key), Rows.Role(row.GetString(1)), row.GetInt64(2), row.GetBytes(3));
        return key;
    }

    private static float[] Cosines(ReadOnlySpan<float> vectors, ReadOnlySpan<float> vector)
    {
        var cosines = new float[vectors.Length / vector.Length];
        for (var i = 0; i < cosines.Length; i++)
        {
            cosines[i] = TensorPrimitives.Dot(vectors.Slice(i * vector.Length, vector.Length), vector);
        }

        return cosines;
    }
}
