namespace Memory.Core;

/// <summary>One search's working space, a slot a document; only the slots it used are cleared.</summary>
internal sealed class SearchScratch
{
    public const int BytesPerDocument = sizeof(double) + (2 * sizeof(int)) + sizeof(float);
    private readonly double[] scores;
    private readonly int[] own;
    private readonly int[] visited;
    private readonly float[] cosines; // not a number where nothing was compared
    private readonly List<int> scored = [];
    private readonly List<int> owners = [];
    private readonly List<int> compared = [];
    private int term = 1;

    public SearchScratch(int capacity)
    {
        (scores, own, visited, cosines) = (new double[capacity], new int[capacity], new int[capacity], new float[capacity]);
        Array.Fill(cosines, float.NaN);
    }

    public int Capacity => scores.Length;

    /// <summary>The documents that got a lexical score, in no order.</summary>
    public IReadOnlyList<int> Scored => scored;

    /// <summary>The documents whose vectors were compared, in no order.</summary>
    public IReadOnlyList<int> Compared => compared;

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

    public double Score(int document) => scores[document];

    public void Add(int document, double score)
    {
        if (scores[document] == 0)
        {
            scored.Add(document);
        }

        scores[document] += score;
    }

    public float Cosine(int document) => cosines[document];

    public bool IsCompared(int document) => !float.IsNaN(cosines[document]);

    /// <summary>Notes how near a document's nearest vector is.</summary>
    public void Compare(int document, float cosine)
    {
        cosines[document] = cosine;
        compared.Add(document);
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

    public void Clear()
    {
        NextTerm();
        foreach (var document in scored)
        {
            scores[document] = 0;
        }

        foreach (var document in compared)
        {
            cosines[document] = float.NaN;
        }

        scored.Clear();
        compared.Clear();
    }
}
