using System.Text.Json;

namespace Memory.Storage.Upstash;

/// <summary>What a query found.</summary>
/// <param name="Vector">The vector, without its values; null when it is none of ours.</param>
/// <param name="Cosine">Its cosine with the question.</param>
internal sealed record VectorHit(StoredVector? Vector, double Cosine)
{
    /// <summary>Reads a list of scores, bare or as a member: a search that can go on has them beside its name.</summary>
    public static IReadOnlyList<VectorHit> ReadAll(JsonElement result)
    {
        var scores = result.ValueKind == JsonValueKind.Object ? (result.TryGetProperty("scores", out var some) ? some : result.GetProperty("Scores")) : result;
        return [.. scores.EnumerateArray().Select(item => new VectorHit(StoredVector.Read(item), (2 * item.GetProperty("score").GetDouble()) - 1))]; // a score is (1 + cosine) / 2
    }
}

/// <summary>What kind of index it is.</summary>
/// <param name="Dimensions">How many numbers a vector has.</param>
/// <param name="Similarity"><c>COSINE</c>, <c>EUCLIDEAN</c> or <c>DOT_PRODUCT</c>.</param>
/// <param name="Type"><c>DENSE</c>, <c>SPARSE</c> or <c>HYBRID</c>.</param>
internal sealed record VectorIndexInfo(int Dimensions, string Similarity, string Type)
{
    public static VectorIndexInfo Read(JsonElement result) => new(
        result.GetProperty("dimension").GetInt32(), result.GetProperty("similarityFunction").GetString() ?? "",
        result.TryGetProperty("indexType", out var type) ? type.GetString() ?? "" : "DENSE"); // older answers do not have it
}
