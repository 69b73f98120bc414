using System.Text.Json;

namespace Memory.Fakes;

/// <summary>Resumable queries under way. Each sees what was indexed when it was started, which is a guess.</summary>
internal sealed class VectorResumables(FakeUpstashVectorOptions options)
{
    private const int DefaultIdleSeconds = 3600;

    private readonly Dictionary<string, Resumable> active = [];

    public int Active => active.Count;

    /// <summary>Starts one, and answers its first hits.</summary>
    public (string Name, IReadOnlyList<(StoredVector Vector, double Score)> Hits) Start(VectorNamespace space, JsonElement query)
    {
        Forget();
        var count = VectorJson.Number(query, "topK", 10);
        if (active.Count >= options.MaxResumableQueries)
        {
            throw new VectorRefusedException(400, "Too many resumable queries are active"); // a guess
        }

        var vector = VectorJson.Vector(query, options) ?? throw VectorJson.Bad("vector is required");
        var filter = VectorJson.Text(query, "filter") ?? "";
        Resumable started = new(
            query.Clone(), VectorFilter.Parse(filter), string.IsNullOrWhiteSpace(filter) ? int.MaxValue : options.FilterBudget,
            new Queue<(StoredVector, double)>(space.Indexed.Values.Select(stored => (stored, VectorScore.Of(options.Similarity, vector, stored.Vector))).OrderByDescending(hit => hit.Item2)),
            TimeSpan.FromSeconds(VectorJson.Number(query, "maxIdle", DefaultIdleSeconds)));
        var hits = Take(started, count);
        var name = Guid.NewGuid().ToString();
        active[name] = started;
        return (name, hits);
    }

    /// <summary>Goes on with one.</summary>
    public (JsonElement Query, IReadOnlyList<(StoredVector Vector, double Score)> Hits) Next(JsonElement request)
    {
        Forget();
        var resumed = active.GetValueOrDefault(VectorJson.Text(request, "uuid") ?? "") ?? throw new VectorRefusedException(404, "The resumable query does not exist"); // a guess
        return (resumed.Query, Take(resumed, VectorJson.Number(request, "additionalK", 10)));
    }

    /// <summary>Ends one, if it is there.</summary>
    public bool End(JsonElement request) => active.Remove(VectorJson.Text(request, "uuid") ?? "");

    // A step with a filter looks at as many as a query would, and on until it has found one: so that a step with nothing is the end, which is a guess.
    private List<(StoredVector Vector, double Score)> Take(Resumable query, int count)
    {
        if (count is < 1 or > 1000)
        {
            throw VectorJson.Bad("Between 1 and 1000 vectors can be asked for at once"); // as of a query
        }

        query.LastUsed = options.Clock.GetUtcNow();
        List<(StoredVector Vector, double Score)> hits = [];
        for (var seen = 0; hits.Count < count && (seen < query.Budget || hits.Count == 0) && query.Left.TryDequeue(out var hit); seen++)
        {
            if (query.Filter.Matches(hit.Vector.Metadata))
            {
                hits.Add(hit);
            }
        }

        return hits;
    }

    private void Forget()
    {
        var now = options.Clock.GetUtcNow();
        foreach (var (name, _) in active.Where(pair => pair.Value.LastUsed + pair.Value.MaxIdle < now).ToList())
        {
            active.Remove(name);
        }
    }

    private sealed record Resumable(JsonElement Query, VectorFilter Filter, int Budget, Queue<(StoredVector Vector, double Score)> Left, TimeSpan MaxIdle)
    {
        public DateTimeOffset LastUsed { get; set; }
    }
}
