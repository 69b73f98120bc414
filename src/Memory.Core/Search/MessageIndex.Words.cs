namespace Memory.Core;

/// <content>Ranking by words.</content>
public sealed partial class MessageIndex
{
    private const double K1 = 1.2;
    private const double B = 0.5;
    private const double AverageLength = 50.0;

    /// <summary>Scores the messages that the query's terms reach, and returns what a message of nothing but these terms could reach.</summary>
    private double ScoreTerms(IndexQuery query, SearchScratch scratch)
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

        return attainable;
    }

    private List<IndexHit> BestByWords(IndexQuery query, SearchScratch scratch, double attainable, int top, double least)
    {
        var best = new BestHits(top, IndexHit.WorstByWordsFirst, query.Where);
        var worst = least * attainable;
        foreach (var at in scratch.Scored)
        {
            // Of a hundred thousand scored messages nearly all end here.
            if (scratch.Score(at) >= worst && query.Admits(documents[at]))
            {
                best.Add(Hit(at, query, scratch, attainable));
                worst = Math.Max(worst, best.ToBeat?.Raw ?? worst);
            }
        }

        return best.Ranked();
    }

    private IndexHit Hit(int at, IndexQuery query, SearchScratch scratch, double attainable)
    {
        ref readonly var document = ref documents[at];
        return new IndexHit(document.Thread.Key, document.Position, document.CreatedAt, scratch.Score(at), attainable > 0 ? scratch.Score(at) / attainable : 0)
        {
            Cosine = scratch.IsCompared(at) ? scratch.Cosine(at) : query.Nearest is not null && document.IsEmbedded ? double.NegativeInfinity : null,
        };
    }

    private int CountExcluded(IndexQuery query)
    {
        var excluded = 0;
        foreach (var position in query.ExcludedPositions)
        {
            excluded += threads.TryGetValue(query.ExcludedThread, out var positions) && positions.Find((int)position) >= 0 ? 1 : 0;
        }

        return excluded;
    }

    /// <summary>Notes each message's own count of a term, and returns how many messages hold it.</summary>
    private int Gather(ReadOnlySpan<Posting> list, IndexQuery query, SearchScratch scratch)
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

    private void AddScores(ReadOnlySpan<Posting> list, double idf, IndexQuery query, SearchScratch scratch)
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

    // Kept with the document, unless the query leaves some of its thread out.
    private double ContextLength(in IndexedMessage document, IndexQuery query) =>
        query.ExcludedPositions.Count > 0 && document.Thread.Key == query.ExcludedThread
            ? ContextLength(document.Thread, document.Position, query)
            : document.ContextLength;
}
