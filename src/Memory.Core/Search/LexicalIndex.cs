using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Memory.Core;

/// <summary>
/// The lexical terms of one resource's messages in memory, and the ranking over them: BM25 with k1 1.2, b 0.5 and a constant average
/// length of 50, where a message's term counts and length are its own plus a share of its neighbours' in the same thread.
/// Not safe for a writer beside others: the owner lets many search or one change.
/// </summary>
/// <remarks>Arithmetic is done in the order of the published reference, so that equal scores tie as they do there.</remarks>
public sealed class LexicalIndex
{
    private const double K1 = 1.2;
    private const double B = 0.5;
    private const double AverageLength = 50.0;

    // Offset from the scored message → share of that neighbour's counts: an answer follows its question, so what came before weighs more.
    private static readonly (int Offset, double Share)[] Context = [(0, 1.0), (-1, 0.7), (1, 0.4), (-2, 0.4), (2, 0.2), (-3, 0.2)];

    private readonly Dictionary<string, PostingList> postings = new(StringComparer.Ordinal);
    private readonly Dictionary<string, PostingList>.AlternateLookup<ReadOnlySpan<char>> postingsBySpan;
    private readonly Dictionary<long, PositionTable> threads = [];
    private readonly ConcurrentBag<SearchScratch> scratches = [];
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>>? only;
    private IndexedMessage[] documents = new IndexedMessage[16];
    private int used;
    private long bytes;

    /// <summary>An empty index.</summary>
    /// <param name="only">The only terms to keep, for an index made for one query; null for all.</param>
    public LexicalIndex(IReadOnlyCollection<string>? only = null)
    {
        postingsBySpan = postings.GetAlternateLookup<ReadOnlySpan<char>>();
        this.only = only?.ToHashSet(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>How many messages it holds.</summary>
    public int Count { get; private set; }

    /// <summary>How many places are held by messages since removed or replaced; a rebuild frees them.</summary>
    public int Dead => used - Count;

    /// <summary>Roughly the memory it takes, in bytes, scratch space for one search included.</summary>
    public long Bytes => bytes + (documents.Length * (Unsafe.SizeOf<IndexedMessage>() + SearchScratch.BytesPerDocument));

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

    /// <summary>Takes out the message at a place, if there is one.</summary>
    public void Remove(long thread, int position)
    {
        if (threads.TryGetValue(thread, out var positions) && positions.Find(position) is >= 0 and var document)
        {
            documents[document].Alive = false;
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

    /// <summary>The best messages for a query's terms, best first; ties go to the older message, then the older thread.</summary>
    public IReadOnlyList<LexicalHit> Search(LexicalQuery query)
    {
        if (!scratches.TryTake(out var scratch) || scratch.Capacity < used)
        {
            scratch = new SearchScratch(documents.Length);
        }

        try
        {
            return Search(query, scratch);
        }
        finally
        {
            scratch.Clear();
            scratches.Add(scratch);
        }
    }

    private List<LexicalHit> Search(LexicalQuery query, SearchScratch scratch)
    {
        var attainable = 0.0;
        var total = Count - CountExcluded(query);
        foreach (var term in query.Terms)
        {
            postings.TryGetValue(term, out var list);
            var found = list is null ? 0 : Gather(list.Span, query, scratch);
            var idf = Math.Log(1 + ((total - found + 0.5) / (found + 0.5)));
            attainable += idf * (K1 + 1);
            if (list is not null)
            {
                AddScores(list.Span, idf, query, scratch);
                scratch.NextTerm();
            }
        }

        return scratch.Best(query, documents, attainable);
    }

    private int CountExcluded(LexicalQuery query)
    {
        var excluded = 0;
        foreach (var position in query.ExcludedPositions)
        {
            excluded += threads.TryGetValue(query.ExcludedThread, out var positions) && positions.Find((int)position) >= 0 ? 1 : 0;
        }

        return excluded;
    }

    /// <summary>Notes each message's own count of a term, and returns how many messages hold it.</summary>
    private int Gather(ReadOnlySpan<Posting> list, LexicalQuery query, SearchScratch scratch)
    {
        var found = 0;
        foreach (var posting in list)
        {
            ref readonly var document = ref documents[posting.Document];
            if (document.Alive && !query.Excludes(document.Thread.Key, document.Position))
            {
                found++;
                scratch.Own(posting.Document, posting.Count);
            }
        }

        return found;
    }

    private void AddScores(ReadOnlySpan<Posting> list, double idf, LexicalQuery query, SearchScratch scratch)
    {
        foreach (var posting in list)
        {
            ref readonly var holder = ref documents[posting.Document];
            if (scratch.Own(posting.Document) == 0 || (query.Thread is { } thread && holder.Thread.Key != thread))
            {
                continue;
            }

            foreach (var (offset, _) in Context)
            {
                var reached = holder.Thread.Find(holder.Position - offset);
                if (reached < 0 || !scratch.IsFirstVisit(reached))
                {
                    continue;
                }

                ref readonly var document = ref documents[reached];
                var tf = 0.0;
                foreach (var (neighbour, share) in Context)
                {
                    var at = document.Thread.Find(document.Position + neighbour);
                    tf += at < 0 ? 0.0 : share * scratch.Own(at);
                }

                scratch.Add(reached, idf * tf * (K1 + 1) / (tf + (K1 * (1 - B + (B * ContextLength(document, query) / AverageLength)))));
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

    // Kept with the document, unless the query leaves some of its thread out.
    private double ContextLength(in IndexedMessage document, LexicalQuery query) =>
        query.ExcludedPositions.Count > 0 && document.Thread.Key == query.ExcludedThread
            ? ContextLength(document.Thread, document.Position, query)
            : document.ContextLength;

    private double ContextLength(PositionTable positions, int position, LexicalQuery? query)
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
