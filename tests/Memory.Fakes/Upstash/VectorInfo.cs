using System.Text.Json;

namespace Memory.Fakes;

/// <summary>What <c>/info</c> says of an index.</summary>
internal static class VectorInfo
{
    public static Action<Utf8JsonWriter> Of(VectorIndex index, FakeUpstashVectorOptions options) => writer =>
    {
        var similarity = options.Similarity switch { VectorSimilarity.Cosine => "COSINE", VectorSimilarity.Euclidean => "EUCLIDEAN", _ => "DOT_PRODUCT" };
        writer.WriteStartObject();
        Counts(writer, [.. index.Namespaces.Values]);
        writer.WriteNumber("indexSize", index.Namespaces.Values.Sum(one => one.Stored.Count) * options.Dimensions * sizeof(float)); // what the service counts is not documented
        writer.WriteNumber("dimension", options.Dimensions);
        writer.WriteString("similarityFunction", similarity);
        writer.WriteString("indexType", "DENSE");
        writer.WriteStartObject("denseIndex");
        writer.WriteNumber("dimension", options.Dimensions);
        writer.WriteString("similarityFunction", similarity);
        writer.WriteString("embeddingModel", "");
        writer.WriteEndObject();
        writer.WriteStartObject("namespaces");
        foreach (var (name, one) in index.Namespaces)
        {
            writer.WriteStartObject(name);
            Counts(writer, [one]);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
        writer.WriteEndObject();
    };

    private static void Counts(Utf8JsonWriter writer, IReadOnlyList<VectorNamespace> namespaces)
    {
        writer.WriteNumber("vectorCount", namespaces.Sum(one => one.Indexed.Count)); // those that queries see
        writer.WriteNumber("pendingVectorCount", namespaces.Sum(one => one.Pending));
    }
}
