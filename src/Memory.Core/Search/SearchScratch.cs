namespace Memory.Core;

/// <summary>One search's working space, a slot a document; only the slots it used are cleared.</summary>
internal sealed class SearchScratch(int capacity)
{
    public const int BytesPerDocument = sizeof(double) + (2 * sizeof(int));
    private readonly double[] scores = new double[capacity];
    private readonly int[] own = new int[capacity];
    private readonly int[] visited = new int[capacity];
    private readonly List<int> scored = [];
    private readonly List<int> owners = [];
    private int term = 1;

    public int Capacity => capacity;

    public int Own(int document) => own[document];

    public void Own(int document, int count)
    {
        own[document] = count;
        owners.Add(document);
    }

    public bool IsFirstVisit(int document)
    {
        var isFirst = visited[document] != term;
        visited[document] = term;
        return isFirst;
    }

    public void Add(int document, double score)
    {
        if (scores[document] == 0)
        {
            scored.Add(document);
        }

        scores[document] += score;
    }

    public void NextTerm()
    {
        foreach (var document in owners)
        {
            own[document] = 0;
        }

        owners.Clear();
        term++;
    }

    public List<LexicalHit> Best(LexicalQuery query, IndexedMessage[] documents, double attainable)
    {
        var best = new PriorityQueue<LexicalHit, LexicalHit>(query.Top + 1, LexicalHit.WorstFirst);
        var worst = query.MinScore * attainable;
        foreach (var at in scored)
        {
            // Of a hundred thousand scored messages nearly all end here.
            if (scores[at] < worst)
            {
                continue;
            }

            ref readonly var document = ref documents[at];
            if ((query.Roles is { } roles && !roles.Contains(document.Role))
                || document.CreatedAt < query.From || document.CreatedAt > query.To
                || query.Excludes(document.Thread.Key, document.Position))
            {
                continue;
            }

            var hit = new LexicalHit(document.Thread.Key, document.Position, scores[at], scores[at] / attainable, document.CreatedAt);
            if (best.Count < query.Top)
            {
                best.Enqueue(hit, hit);
            }
            else
            {
                best.EnqueueDequeue(hit, hit);
                worst = Math.Max(worst, best.Peek().Raw);
            }
        }

        List<LexicalHit> ranked = [.. best.UnorderedItems.Select(item => item.Element)];
        ranked.Sort((a, b) => LexicalHit.WorstFirst.Compare(b, a));
        return ranked;
    }

    public void Clear()
    {
        NextTerm();
        foreach (var document in scored)
        {
            scores[document] = 0;
        }

        scored.Clear();
    }
}
