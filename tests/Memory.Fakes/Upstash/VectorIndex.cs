using System.Text.Json;

namespace Memory.Fakes;

/// <summary>The namespaces of an index and what may be asked of them; the caller lets one request in at a time.</summary>
internal sealed class VectorIndex(FakeUpstashVectorOptions options)
{
    private const int MaxReads = 1000, MaxWrites = 1000;

    private readonly SortedDictionary<string, VectorNamespace> namespaces = new(StringComparer.Ordinal) { [""] = new(options) };

    public IReadOnlyDictionary<string, VectorNamespace> Namespaces => namespaces;

    public void Index(bool everything)
    {
        foreach (var one in namespaces.Values)
        {
            one.Index(everything);
        }
    }

    /// <summary>A namespace to read; an empty one when it isn't there, which is a guess.</summary>
    public VectorNamespace Read(string name) => namespaces.GetValueOrDefault(name) ?? new VectorNamespace(options);

    public int Upsert(string name, IReadOnlyList<JsonElement> items)
    {
        if (items.Count is 0 or > MaxWrites)
        {
            throw VectorJson.Bad($"Between 1 and {MaxWrites} vectors can be written at once"); // a quota in examples; with which status is a guess
        }

        List<StoredVector> vectors = [.. items.Select(item => new StoredVector(
            VectorJson.Id(item), VectorJson.Vector(item, options) ?? throw VectorJson.Bad("vector is required"), VectorJson.Metadata(item), VectorJson.Data(item)))];
        if (!namespaces.TryGetValue(name, out var space))
        {
            namespaces[name] = space = new VectorNamespace(options);
        }

        vectors.ForEach(space.Put);
        return vectors.Count;
    }

    public int Update(string name, JsonElement request)
    {
        if (!Read(name).Stored.TryGetValue(VectorJson.Id(request), out var old))
        {
            return 0;
        }

        var metadata = VectorJson.Metadata(request) is { } change
            ? VectorJson.Text(request, "metadataUpdateMode") == "PATCH" ? VectorJson.Patch(old.Metadata, change) : change
            : old.Metadata;
        Read(name).Put(new StoredVector(old.Id, VectorJson.Vector(request, options) ?? old.Vector, metadata, VectorJson.Data(request) ?? old.Data));
        return 1;
    }

    public int Delete(string name, JsonElement request)
    {
        var space = Read(name);
        IReadOnlyList<string> ids;
        if (VectorJson.Texts(request, "ids") is { } listed)
        {
            ids = listed;
        }
        else if (VectorJson.Text(request, "prefix") is { } prefix)
        {
            ids = [.. space.Stored.Keys.Where(id => id.StartsWith(prefix, StringComparison.Ordinal))];
        }
        else if (VectorJson.Text(request, "filter") is { Length: > 0 } filter)
        {
            var parsed = VectorFilter.Parse(filter); // over everything that is stored: a full scan has no budget
            ids = [.. space.Stored.Values.Where(vector => parsed.Matches(vector.Metadata)).Select(vector => vector.Id)];
        }
        else
        {
            throw VectorJson.Bad("ids, prefix or filter is required");
        }

        return ids.Count(space.Delete);
    }

    /// <summary>The nearest vectors of each query, best first.</summary>
    public IReadOnlyList<IReadOnlyList<(StoredVector Vector, double Score)>> Query(string name, IReadOnlyList<JsonElement> queries)
    {
        // That a batch may have no more than a single query reads "query+fetch ≤ 1000" at its strictest.
        var asked = queries.Sum(query => VectorJson.Number(query, "topK", 10));
        return queries.Count == 0 || asked > MaxReads || queries.Any(query => VectorJson.Number(query, "topK", 10) < 1)
            ? throw VectorJson.Bad($"topK must be between 1 and {MaxReads}")
            : [.. queries.Select(query => Query(Read(name), query))];
    }

    public IReadOnlyList<StoredVector?> Fetch(string name, JsonElement request)
    {
        var readable = Read(name).Readable;
        if (VectorJson.Text(request, "prefix") is { } prefix)
        {
            return [.. readable.Values.Where(vector => vector.Id.StartsWith(prefix, StringComparison.Ordinal)).Take(MaxReads)];
        }

        var ids = VectorJson.Texts(request, "ids") ?? throw VectorJson.Bad("ids or prefix is required");
        return ids.Count > MaxReads ? throw VectorJson.Bad($"No more than {MaxReads} vectors can be fetched at once") : [.. ids.Select(readable.GetValueOrDefault)];
    }

    /// <summary>A page in the order of ids, and the cursor of the next, which is empty at the end. A cursor here is the last id in hexadecimal, or 0.</summary>
    public (IReadOnlyList<StoredVector> Vectors, string NextCursor) Range(string name, JsonElement request)
    {
        var limit = VectorJson.Number(request, "limit", 10);
        if (limit is < 1 or > MaxReads)
        {
            throw VectorJson.Bad($"limit must be between 1 and {MaxReads}");
        }

        var cursor = VectorJson.Text(request, "cursor") ?? "0";
        var after = cursor == "0" ? null : Decode(cursor);
        var prefix = VectorJson.Text(request, "prefix") ?? "";
        List<StoredVector> left = [.. Read(name).Readable.Values.Where(vector =>
            vector.Id.StartsWith(prefix, StringComparison.Ordinal) && (after is null || string.CompareOrdinal(vector.Id, after) > 0))];
        return (left[..Math.Min(limit, left.Count)], left.Count > limit ? Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(left[limit - 1].Id)) : "");
    }

    /// <summary>Whether there was one. That the default one can't be deleted, and that queries see the end at once, is a guess.</summary>
    public bool DeleteNamespace(string name) => name.Length > 0 && namespaces.Remove(name);

    public void Reset(string name)
    {
        if (namespaces.ContainsKey(name))
        {
            namespaces[name] = new VectorNamespace(options); // at once for queries too, which is a guess
        }
    }

    public void ResetAll()
    {
        namespaces.Clear();
        namespaces[""] = new VectorNamespace(options);
    }

    private List<(StoredVector Vector, double Score)> Query(VectorNamespace space, JsonElement query)
    {
        var vector = VectorJson.Vector(query, options) ?? throw VectorJson.Bad("vector is required");
        var filter = VectorJson.Text(query, "filter") ?? "";
        var matches = VectorFilter.Parse(filter);
        var nearest = space.Indexed.Values.Select(stored => (Vector: stored, Score: VectorScore.Of(options.Similarity, vector, stored.Vector))).OrderByDescending(hit => hit.Score);
        var candidates = string.IsNullOrWhiteSpace(filter) ? nearest : nearest.Take(options.FilterBudget);
        return [.. candidates.Where(hit => matches.Matches(hit.Vector.Metadata)).Take(VectorJson.Number(query, "topK", 10))];
    }

    private static string Decode(string cursor)
    {
        try
        {
            return System.Text.Encoding.UTF8.GetString(Convert.FromHexString(cursor));
        }
        catch (FormatException)
        {
            throw VectorJson.Bad("Invalid cursor");
        }
    }
}
