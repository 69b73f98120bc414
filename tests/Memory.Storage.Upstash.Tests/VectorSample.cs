using Memory.Conformance;
using Memory.Core;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Short ways to write down vectors and questions.</summary>
internal static class VectorSample
{
    public static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    public static ContentVersion Content(string threadId, string messageId) => new(threadId, messageId, 1, "00010203");

    public static VectorEntry Entry(string threadId, string messageId, ReadOnlyMemory<float> values) => new(Content(threadId, messageId), MessageRole.User, Noon, values);

    public static VectorEntry Entry(string threadId, string messageId, double degrees) => Entry(threadId, messageId, Vectors.At(degrees));

    /// <summary>As many messages, an angle apart.</summary>
    public static VectorEntry[] Entries(string threadId, int count, double from = 0, double step = 0.01) =>
        [.. Enumerable.Range(0, count).Select(i => Entry(threadId, $"m{i}", from + (i * step)))];

    public static NearestQuery InThread(string threadId, int top = 10) => new(new QueryVector(Vectors.Space, Vectors.At(0)), threadId, ResourceId: null, Filter: null, top);

    public static NearestQuery InResource(string resourceId, int top = 10) => new(new QueryVector(Vectors.Space, Vectors.At(0)), ThreadId: null, resourceId, Filter: null, top);

    /// <summary>The messages a search finds, nearest first.</summary>
    public static async Task<IReadOnlyList<string>> FindAsync(this IVectorIndex index, NearestQuery query) =>
        [.. (await index.SearchAsync(query, Xunit.TestContext.Current.CancellationToken)).Contents.Select(near => near.Content.MessageId)];
}
