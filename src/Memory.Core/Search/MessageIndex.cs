using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Memory.Core;

/// <summary>
/// The lexical terms and the vectors of one resource's messages in memory, and the ranking over them. By words: BM25 with k1 1.2, b 0.5 and a
/// constant average length of 50, where a message's term counts and length are its own plus a share of its neighbours' in the same thread.
/// By vectors: the cosine of the nearest of a message's vectors, of every message. Both: <see cref="Fusion"/>.
/// Not safe for a writer beside others: the owner lets many search or one change.
/// </summary>
/// <remarks>The words' arithmetic is done in the order of the published reference, so that equal scores tie as they do there.</remarks>
public sealed partial class MessageIndex
{
    // Offset from the scored message → share of that neighbour's counts: an answer follows its question, so what came before weighs more.
    private static readonly (int Offset, double Share)[] Context = [(0, 1.0), (-1, 0.7), (1, 0.4), (-2, 0.4), (2, 0.2), (-3, 0.2)];

    private readonly Dictionary<string, PostingList> postings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PostingList>.AlternateLookup<ReadOnlySpan<char>> postingsBySpan;
    private readonly Dictionary<long, PositionTable> threads = [];
    private readonly ConcurrentBag<SearchScratch> scratches = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>>? only;
    private IndexedMessage[] documents = new IndexedMessage[16];
    private readonly int dimensions;
    private readonly VectorMatrix matrix;
    private int used;
    private int embedded;
    private long bytes;

    /// <summary>An empty index.</summary>
    /// <param name="dimensions">How long a vector is; 0 when there are none.</param>
    /// <param name="only">The only terms to keep, for an index made for one query; null for all.</param>
    public MessageIndex(int dimensions = 0, IReadOnlyCollection<string>? only = null)
    {
        this.dimensions = Math.Max(1, dimensions);
        matrix = new VectorMatrix(this.dimensions);
        postingsBySpan = postings.GetAlternateLookup<ReadOnlySpan<char>>();
        this.only = only?.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many messages it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How many places are held by messages since removed or replaced; a rebuild frees them.</summary>
    public int Dead => used - Count;

    /// <summary>Roughly the memory it takes, in bytes, scratch space for one search included.</summary>
    public long Bytes => bytes + matrix.Bytes + (documents.Length * (Unsafe.SizeOf<IndexedMessage>() + SearchScratch.BytesPerDocument));

    /// <summary>Adds a message, or replaces the one at its place.</summary>
    /// <param name="thread">The thread's key.</param>
    /// <param name="position">The message's position in it.</param>
    /// <param name="role">Filterable.</param>
    /// <param name="createdAt">Filterable; microseconds since 1970.</param>
    /// <param name="terms">The message's own terms, as <see cref="TermCounts.ToBytes"/> wrote them.</param>
    public void Put(long thread, int position, MessageRole role, long createdAt, ReadOnlySpan<byte> terms)
    {
        Remove(thread, position);
        if (used == documents.Length)
        {
            Array.Resize(ref documents, used * 2);
        }

        var length = 0;
        Span<char> characters = stackalloc char[LexicalEncoder.MaxTokenLength + 1];
        var reader = TermCounts.Read(terms);
        while (reader.MoveNext())
        {
            var term = characters[..Encoding.UTF8.GetChars(reader.Term, characters)];
            length += reader.Count;
            if (only?.Contains(term) == false)
            {
                continue;
            }

            ref var list = ref CollectionsMarshal.GetValueRefOrAddDefault(postingsBySpan, term, out var exists);
            if (!exists)
            {
                list = new PostingList();
                bytes += 120 + (term.Length * sizeof(char)); // string, entry, list and its first array
            }

            bytes += list!.Add(new Posting(used, reader.Count));
        }

        ref var positions = ref CollectionsMarshal.GetValueRefOrAddDefault(threads, thread, out var known);
        positions = known ? positions! : new PositionTable(thread);
        bytes += positions.Set(position, used);
        documents[used] = new IndexedMessage(positions, position, length, createdAt, role) { Alive = true };
        used++;
        Count++;
        RefreshContext(positions, position);
    }

    /// <summary>Gives the message at a place its vectors, or notes that it has none to show: a text that is empty or was refused.</summary>
    /// <param name="thread">The thread's key.</param>
    /// <param name="position">The message's position in it; nothing happens when it is not there.</param>
    /// <param name="vectors">Its vectors of unit length, one after another, each as long as the index's first.</param>
    public void PutVectors(long thread, int position, ReadOnlySpan<float> vectors)
    {
        if (!threads.TryGetValue(thread, out var positions) || positions.Find(position) is not (>= 0 and var at))
        {
            return;
        }

        ref var document = ref documents[at];
        embedded += document.IsEmbedded ? 0 : 1;
        document.IsEmbedded = true;
        document.Rows = vectors.Length / dimensions;
        document.FirstRow = matrix.Add(at, vectors);
    }

    /// <summary>Takes out the message at a place, if there is one.</summary>
    public void Remove(long thread, int position)
    {
        if (threads.TryGetValue(thread, out var positions) && positions.Find(position) is >= 0 and var document)
        {
            documents[document].Alive = false;
            embedded -= documents[document].IsEmbedded ? 1 : 0;
            positions.Set(position, PositionTable.None);
            Count--;
            RefreshContext(positions, position);
        }
    }

    /// <summary>Takes out every message of a thread between two positions, both included.</summary>
    public void RemoveRange(long thread, long from, long to)
    {
        if (threads.TryGetValue(thread, out var positions))
        {
            foreach (var position in positions.Between(from, to))
            {
                Remove(thread, position);
            }
        }
    }

    /// <summary>How many messages of a thread, or of all, have not been embedded yet.</summary>
    public int CountPending(long? thread)
    {
        if (thread is not { } key)
        {
            return Count - embedded;
        }

        var pending = 0;
        foreach (var at in DocumentsOf(key))
        {
            pending += documents[at].IsEmbedded ? 0 : 1;
        }

        return pending;
    }

    /// <summary>The best messages for a query, best first; ties go to the older message, then the older thread.</summary>
    public IReadOnlyList<IndexHit> Search(IndexQuery query)
    {
        if (!scratches.TryTake(out var scratch) || scratch.Capacity < used)
        {
            scratch = new SearchScratch(documents.Length);
        }

        try
        {
            var attainable = ScoreTerms(query, scratch);
            if (!query.IsHybrid)
            {
                return [.. BestByWords(query, scratch, attainable, query.Top, query.MinScore).Select((hit, at) => hit with { LexicalRank = at + 1 })];
            }

            CompareVectors(query, scratch);
            var depth = Fusion.Depth(query.Top);
            return Fusion.Rank(
                BestByWords(query, scratch, attainable, depth, least: 0), BestByVector(query, scratch, attainable, depth), attainable, query.Weights, query.Top, query.MinScore);
        }
        finally
        {
            scratch.Clear();
            scratches.Add(scratch);
        }
    }

    private IEnumerable<int> DocumentsOf(long thread)
    {
        if (threads.TryGetValue(thread, out var positions))
        {
            foreach (var position in positions.Between(0, int.MaxValue))
            {
                if (positions.Find(position) is >= 0 and var at)
                {
                    yield return at;
                }
            }
        }
    }

    private void RefreshContext(PositionTable positions, int position)
    {
        foreach (var (changed, _) in Context)
        {
            if (positions.Find(position - changed) is >= 0 and var target)
            {
                documents[target].ContextLength = ContextLength(positions, position - changed, query: null);
            }
        }
    }

    private double ContextLength(PositionTable positions, int position, IndexQuery? query)
    {
        var length = 0.0;
        foreach (var (offset, share) in Context)
        {
            var at = positions.Find(position + offset);
            length += at < 0 || query?.Excludes(positions.Key, position + offset) == true ? 0.0 : share * documents[at].Length;
        }

        return length;
    }
}
