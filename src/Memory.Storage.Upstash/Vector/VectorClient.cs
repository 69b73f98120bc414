using System.Buffers;
using System.Net;
using System.Text.Encodings.Web;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>The calls of an index (https://upstash.com/docs/vector/api). All are posted, as Upstash's own clients do, whatever verb the documentation has.</summary>
internal sealed class VectorClient(RestClient rest)
{
    // Within the 10 MB that Upstash's other service takes; what this one takes is not documented.
    private const int MaxBytes = 8_000_000;

    // An example of the quotas in the documentation; the FAQ recommends no more.
    private const int MaxVectors = 1_000;

    // How long the service keeps a search that nobody goes on with or ends.
    private const int MaxIdleSeconds = 60;

    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Writes vectors, in as few requests as hold them.</summary>
    public async Task UpsertAsync(string space, IReadOnlyList<StoredVector> vectors, CancellationToken cancellationToken)
    {
        var at = 0;
        while (at < vectors.Count)
        {
            var body = Write(writer =>
            {
                writer.WriteStartArray();
                for (var count = 0; at < vectors.Count && count < MaxVectors && writer.BytesCommitted + writer.BytesPending < MaxBytes; count++)
                {
                    vectors[at++].Write(writer);
                }

                writer.WriteEndArray();
            });
            await SendAsync("store vectors", $"/upsert/{space}", body, _ => 0, cancellationToken);
        }
    }

    /// <summary>The nearest vectors, nearest first.</summary>
    public async Task<IReadOnlyList<VectorHit>> QueryAsync(string space, QueryVector vector, string filter, int top, CancellationToken cancellationToken) =>
        await IfThereAsync(
            SendAsync("search vectors", $"/query/{space}", Query(vector, filter, top), VectorHit.ReadAll, cancellationToken), []);

    /// <summary>The nearest vectors, and a name under which the search goes on.</summary>
    public async Task<(string? Name, IReadOnlyList<VectorHit> Hits)> StartAsync(string space, QueryVector vector, string filter, int top, CancellationToken cancellationToken) =>
        await IfThereAsync(
            SendAsync(
                "search many vectors", $"/resumable-query/{space}", Query(vector, filter, top, MaxIdleSeconds),
                result => (result.GetProperty("uuid").GetString(), VectorHit.ReadAll(result)), cancellationToken),
            (null, []));

    /// <summary>The next nearest; not sent again, since an answer that is lost does not come again.</summary>
    public Task<IReadOnlyList<VectorHit>> NextAsync(string name, int count, CancellationToken cancellationToken) =>
        SendAsync(
            "search more vectors", "/resumable-query-next",
            Write(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("uuid", name);
                writer.WriteNumber("additionalK", count);
                writer.WriteEndObject();
            }),
            VectorHit.ReadAll, cancellationToken, mayRepeat: false);

    /// <summary>Ends a search that would go on.</summary>
    public Task EndAsync(string name, CancellationToken cancellationToken) =>
        SendAsync("end a search of vectors", "/resumable-query-end", Member("uuid", name), _ => 0, cancellationToken, mayRepeat: false);

    /// <summary>Those of some vectors that are there.</summary>
    public async Task<IReadOnlyList<StoredVector>> FetchAsync(string space, IReadOnlyList<string> ids, CancellationToken cancellationToken) =>
        await IfThereAsync(
            SendAsync(
                "read vectors", $"/fetch/{space}",
                Write(writer =>
                {
                    writer.WriteStartObject();
                    writer.WriteStartArray("ids");
                    foreach (var id in ids)
                    {
                        writer.WriteStringValue(id);
                    }

                    writer.WriteEndArray();
                    writer.WriteBoolean("includeVectors", true);
                    writer.WriteBoolean("includeMetadata", true);
                    writer.WriteEndObject();
                }),
                result => (IReadOnlyList<StoredVector>)[.. result.EnumerateArray().Select(StoredVector.Read).OfType<StoredVector>()],
                cancellationToken),
            []);

    /// <summary>Deletes the vectors whose ids begin so.</summary>
    public Task DeletePrefixAsync(string space, string prefix, CancellationToken cancellationToken) =>
        IfThereAsync(SendAsync("remove vectors", $"/delete/{space}", Member("prefix", prefix), _ => 0, cancellationToken), 0);

    /// <summary>Deletes the vectors that meet a filter, for which all are looked at.</summary>
    public Task DeleteFilterAsync(string space, string filter, CancellationToken cancellationToken) =>
        IfThereAsync(SendAsync("remove vectors", $"/delete/{space}", Member("filter", filter), _ => 0, cancellationToken), 0);

    /// <summary>All namespaces there are.</summary>
    public Task<IReadOnlyList<string>> NamespacesAsync(CancellationToken cancellationToken) =>
        SendAsync(
            "list namespaces of vectors", "/list-namespaces", Write(Empty),
            result => (IReadOnlyList<string>)[.. result.EnumerateArray().Select(name => name.GetString() ?? "")], cancellationToken);

    /// <summary>Deletes a namespace, if it is there.</summary>
    public Task DeleteNamespaceAsync(string space, CancellationToken cancellationToken) =>
        IfThereAsync(SendAsync("remove the vectors of another space", $"/delete-namespace/{space}", Write(Empty), _ => 0, cancellationToken), 0);

    /// <summary>What kind of index it is.</summary>
    public Task<VectorIndexInfo> InfoAsync(CancellationToken cancellationToken) =>
        SendAsync("describe the index of vectors", "/info", Write(Empty), VectorIndexInfo.Read, cancellationToken);

    // {"result": …} or {"error": "…"}
    private Task<T> SendAsync<T>(string operation, string path, ReadOnlyMemory<byte> body, Func<JsonElement, T> read, CancellationToken cancellationToken, bool mayRepeat = true) =>
        rest.SendAsync(
            operation, path, body,
            answer => answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("result", out var result) ? read(result)
                : throw Faults.Of(rest.Address, answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error) ? error.ToString() : "an answer without a result"),
            cancellationToken, mayRepeat);

    // A namespace is there from its first vector on. That one which is not there is empty, or else says so with 404 and its name, is all that is known.
    private static async Task<T> IfThereAsync<T>(Task<T> call, T otherwise)
    {
        try
        {
            return await call;
        }
        catch (MemoryStoreException fault) when (fault.InnerException is RestException { Status: HttpStatusCode.NotFound } rest && rest.Error.Contains("namespace", StringComparison.OrdinalIgnoreCase))
        {
            return otherwise;
        }
    }

    private static ReadOnlyMemory<byte> Query(QueryVector vector, string filter, int top, int? maxIdle = null) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteStartArray("vector");
        foreach (var value in vector.Values.Span)
        {
            writer.WriteNumberValue(value);
        }

        writer.WriteEndArray();
        writer.WriteNumber("topK", top);
        writer.WriteBoolean("includeMetadata", true);
        writer.WriteString("filter", filter);
        if (maxIdle is { } seconds)
        {
            writer.WriteNumber("maxIdle", seconds);
        }

        writer.WriteEndObject();
    });

    private static ReadOnlyMemory<byte> Member(string name, string value) => Write(writer =>
    {
        writer.WriteStartObject();
        writer.WriteString(name, value);
        writer.WriteEndObject();
    });

    private static void Empty(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteEndObject();
    }

    private static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var writer = new Utf8JsonWriter(buffer, Relaxed))
        {
            write(writer);
        }

        return buffer.WrittenMemory;
    }
}
