using System.Numerics.Tensors;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// What this process has put and removed lately. An index shows a write only after a while, so this is compared beside it, and stands over it; what other processes have
/// just written is found by its words meanwhile.
/// </summary>
internal sealed class RecentVectors(TimeProvider clock, int most = RecentVectors.MostVectors)
{
    /// <summary>How many vectors are kept: 24 MB of 3,072 dimensions.</summary>
    public const int MostVectors = 2_000;

    /// <summary>How long they are kept: indexing takes seconds.</summary>
    public static readonly TimeSpan Kept = TimeSpan.FromSeconds(60);

    private readonly Dictionary<(string Space, string Id), Put> puts = [];
    private readonly Queue<Put> putsByAge = [];
    private readonly Dictionary<string, Removal> removals = new(StringComparer.Ordinal);
    private readonly Queue<Removal> removalsByAge = [];
    private readonly Lock gate = new();

    /// <summary>Remembers vectors that were put.</summary>
    public void Add(string space, IReadOnlyList<StoredVector> vectors)
    {
        lock (gate)
        {
            var now = clock.GetTimestamp();
            foreach (var vector in vectors.Skip(vectors.Count - most))
            {
                var put = new Put(space, vector, now);
                puts[put.Key] = put;
                putsByAge.Enqueue(put);
            }

            // What is forgotten of these must not look removed then.
            foreach (var vector in removals.Count > 0 ? vectors : [])
            {
                foreach (var removal in RemovalsOf(space, vector.Id))
                {
                    removal.PutSince.Add((space, vector.Id));
                }
            }

            Forget();
        }
    }

    /// <summary>Remembers that vectors were removed.</summary>
    /// <param name="what">The beginning of their ids, <see cref="OfResource"/>, or a namespace.</param>
    public void Remove(string what)
    {
        lock (gate)
        {
            var removal = new Removal(what, clock.GetTimestamp());
            removals[what] = removal;
            removalsByAge.Enqueue(removal);
            foreach (var put in puts.Values.Where(put => Names(put.Space, put.Vector.Id).Contains(what)).ToList())
            {
                puts.Remove(put.Key);
            }

            Forget();
        }
    }

    /// <summary>What a resource's removal is called.</summary>
    public static string OfResource(string resourceId) => $"r.{VectorNames.Hash(resourceId)}";

    /// <summary>Whether what an index has under an id is out of date: put anew, or removed.</summary>
    public bool Supersedes(string space, string id)
    {
        lock (gate)
        {
            Forget();
            return puts.ContainsKey((space, id)) || (removals.Count > 0 && RemovalsOf(space, id).Any(removal => !removal.PutSince.Contains((space, id))));
        }
    }

    /// <summary>Those that a search looks for, with their cosines.</summary>
    public IReadOnlyList<NearContent> Search(string space, NearestQuery query)
    {
        var thread = query.ThreadId is { } threadId ? VectorNames.Of(threadId) : null;
        var resource = query.ResourceId is { } resourceId ? VectorNames.Hash(resourceId) : null;
        return [.. Select(space, vector => thread is null ? vector.Id.AsSpan(3 * (VectorNames.HashLength + 1)).StartsWith(resource, StringComparison.Ordinal) : vector.Id.StartsWith(thread, StringComparison.Ordinal))
            .Where(vector => vector.IsWanted(query))
            .Select(vector => new NearContent(vector.Content, TensorPrimitives.Dot(vector.Values.Span, query.Vector.Values.Span)))];
    }

    /// <summary>The one of an id; null when it was not put lately, or was removed since.</summary>
    public StoredVector? Find(string space, string id)
    {
        lock (gate)
        {
            Forget();
            return puts.GetValueOrDefault((space, id))?.Vector;
        }
    }

    private List<StoredVector> Select(string space, Func<StoredVector, bool> isWanted)
    {
        lock (gate)
        {
            Forget();
            return [.. puts.Values.Where(put => put.Space == space && isWanted(put.Vector)).Select(put => put.Vector)];
        }
    }

    private IEnumerable<Removal> RemovalsOf(string space, string id)
    {
        foreach (var name in Names(space, id))
        {
            if (removals.TryGetValue(name, out var removal))
            {
                yield return removal;
            }
        }
    }

    // Everything whose removal takes a vector along: its namespace, thread, message, content and resource.
    private static string[] Names(string space, string id)
    {
        const int Part = VectorNames.HashLength + 1;
        return [space, id[..Part], id[..(2 * Part)], id[..(3 * Part)], $"r.{id.AsSpan(3 * Part, VectorNames.HashLength)}"];
    }

    private void Forget()
    {
        while (putsByAge.TryPeek(out var put) && (puts.Count > most || putsByAge.Count > 2 * most || clock.GetElapsedTime(put.At) > Kept))
        {
            putsByAge.Dequeue();
            if (puts.GetValueOrDefault(put.Key) == put)
            {
                puts.Remove(put.Key);
            }
        }

        while (removalsByAge.TryPeek(out var removal) && (removalsByAge.Count > most || clock.GetElapsedTime(removal.At) > Kept))
        {
            removalsByAge.Dequeue();
            if (removals.GetValueOrDefault(removal.What) == removal)
            {
                removals.Remove(removal.What);
            }
        }
    }

    private sealed class Put(string space, StoredVector vector, long at)
    {
        public string Space { get; } = space;

        public StoredVector Vector { get; } = vector;

        public long At { get; } = at;

        public (string Space, string Id) Key => (Space, Vector.Id);
    }

    private sealed class Removal(string what, long at)
    {
        public string What { get; } = what;

        public long At { get; } = at;

        public HashSet<(string Space, string Id)> PutSince { get; } = [];
    }
}
