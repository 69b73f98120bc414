namespace Memory.Core;

/// <content>Ranking by vectors.</content>
public sealed partial class MessageIndex
{
    /// <summary>Compares the query's vector with those of every message in scope that the filter admits, or notes how others have compared it.</summary>
    private void CompareVectors(IndexQuery query, SearchScratch scratch)
    {
        foreach (var (thread, position, cosine) in query.Nearest ?? [])
        {
            if (threads.TryGetValue(thread, out var positions) && positions.Find(position) is >= 0 and var at && query.Admits(documents[at]))
            {
                scratch.Compare(at, (float)cosine);
            }
        }

        if (query.Vector is { } vector)
        {
            CompareVectors(query, vector.Span, scratch);
        }
    }

    private void CompareVectors(IndexQuery query, ReadOnlySpan<float> vector, SearchScratch scratch)
    {
        if (query.Thread is { } thread)
        {
            foreach (var at in DocumentsOf(thread))
            {
                if (documents[at].Rows > 0)
                {
                    CompareVectors(documents[at].FirstRow, query, vector, scratch);
                }
            }

            return;
        }

        // In the order of the rows: the scan is as fast as memory gives them.
        for (var row = 0; row < matrix.Rows; row++)
        {
            if (documents[matrix.Document(row)].FirstRow == row)
            {
                CompareVectors(row, query, vector, scratch);
            }
        }
    }

    private void CompareVectors(int firstRow, IndexQuery query, ReadOnlySpan<float> vector, SearchScratch scratch)
    {
        var at = matrix.Document(firstRow);
        ref readonly var document = ref documents[at];
        if (!query.Admits(document))
        {
            return;
        }

        var nearest = matrix.Cosine(firstRow, vector);
        for (var row = firstRow + 1; row < firstRow + document.Rows; row++)
        {
            nearest = Math.Max(nearest, matrix.Cosine(row, vector));
        }

        scratch.Compare(at, nearest);
    }

    private List<IndexHit> BestByVector(IndexQuery query, SearchScratch scratch, double attainable, int top)
    {
        var best = new BestHits(top, IndexHit.WorstByVectorFirst, query.Where);
        var worst = double.NegativeInfinity;
        foreach (var at in scratch.Compared)
        {
            if (scratch.Cosine(at) >= worst)
            {
                best.Add(Hit(at, query, scratch, attainable));
                worst = best.ToBeat?.Cosine ?? worst;
            }
        }

        return best.Ranked();
    }
}
