using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Memory.Fakes;

/// <summary>
/// Upstash Vector on this machine, a dense index: its answers, scores, filters, limits, refusals and bills, its indexing after the write, and whatever goes wrong
/// on demand. What the documentation leaves open is decided here and said where it is; error texts are for people.
/// </summary>
/// <remarks>
/// Every path takes any verb: the documentation has GET and DELETE, the official clients POST. Not here: sparse and hybrid indexes, models that embed, random
/// and rename-namespace.
/// </remarks>
public sealed class FakeUpstashVector : FakeUpstash
{
    private readonly FakeUpstashVectorOptions options;
    private readonly VectorIndex index;
    private readonly VectorQuota quota;
    private readonly VectorResumables resumables;
    private readonly Lock gate = new();

    private FakeUpstashVector(FakeUpstashVectorOptions options)
        : base(options.Token, options.ReadOnlyToken) =>
        (this.options, index, quota, resumables) = (options, new VectorIndex(options), new VectorQuota(options), new VectorResumables(options));

    /// <summary>How many vectors wait to be indexed.</summary>
    public int Pending => Locked(() => index.Namespaces.Values.Sum(one => one.Pending));

    /// <summary>The namespaces there are; the default one is empty.</summary>
    public IReadOnlyList<string> Namespaces => Locked(() => index.Namespaces.Keys.ToList());

    /// <summary>How many resumable queries have not been ended.</summary>
    public int ActiveQueries => Locked(() => resumables.Active);

    /// <summary>Starts one on a free port.</summary>
    public static async Task<FakeUpstashVector> StartAsync(FakeUpstashVectorOptions? options = null)
    {
        FakeUpstashVector fake = new(options ?? new FakeUpstashVectorOptions());
        await fake.ListenAsync();
        return fake;
    }

    /// <summary>Indexes everything that was written, so that queries see it, and what was deleted no longer.</summary>
    public void Index() => Locked(() =>
    {
        index.Index(everything: true);
        return 0;
    });

    /// <summary>The ids in a namespace, as they were written.</summary>
    public IReadOnlyList<string> Ids(string space = "") => Locked(() => index.Read(space).Stored.Keys.ToList());

    private protected override Task<(UpstashAnswer Answer, UpstashRequest Request)> ApplyAsync(UpstashRequest request, HttpContext context, ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body.Length == 0 ? "{}"u8.ToArray() : body);
            return Task.FromResult(Locked(() => Apply(request, context, document.RootElement)));
        }
        catch (VectorRefusedException exception)
        {
            return Task.FromResult((Failure(exception.Status, exception.Message), request));
        }
        catch (JsonException)
        {
            return Task.FromResult((Failure(400, "The body is no JSON"), request)); // a guess
        }
    }

    private (UpstashAnswer Answer, UpstashRequest Request) Apply(UpstashRequest request, HttpContext context, JsonElement body)
    {
        var mayWrite = MayWrite(context) ?? throw new VectorRefusedException(401, "Unauthorized: Invalid auth token");
        index.Index(everything: false);
        var (path, space) = request.Path.Trim('/').Split('/', 2) is [var first, var second] ? (first, second) : (request.Path.Trim('/'), "");
        var isRead = path is "query" or "resumable-query" or "resumable-query-next" or "resumable-query-end" or "fetch" or "range" or "info" or "list-namespaces";
        if (!isRead && !mayWrite)
        {
            throw new VectorRefusedException(403, "Forbidden: The token is for reading only"); // a guess
        }

        quota.Check(path);
        IReadOnlyList<JsonElement> items = body.ValueKind == JsonValueKind.Array ? [.. body.EnumerateArray()] : [body];
        var (result, written) = path switch
        {
            "upsert" => (Success, index.Upsert(space, items)),
            "update" => Counted("updated", index.Update(space, body)),
            "delete" => Counted("deleted", index.Delete(space, body)),
            "query" => (Hits(index.Query(space, items), items), 0),
            "resumable-query" => (Started(resumables.Start(index.Read(space), body), body), 0),
            "resumable-query-next" => (Resumed(resumables.Next(body)), 0),
            "resumable-query-end" => (resumables.End(body) ? Success : throw new VectorRefusedException(404, "The resumable query does not exist"), 0), // a guess
            "fetch" => (Vectors(index.Fetch(space, body), body), 0),
            "range" => (Page(index.Range(space, body), body), 0),
            "info" => (VectorInfo.Of(index, options), 0),
            "list-namespaces" => (Names, 0),
            "delete-namespace" => index.DeleteNamespace(space) ? (Success, 0) : throw new VectorRefusedException(404, $"Namespace {space} does not exist"),
            "reset" => (Reset(space, context.Request.Query.ContainsKey("all")), 0),
            "upsert-data" or "query-data" => throw VectorJson.Bad("This index has no embedding model"),
            _ => throw new VectorRefusedException(404, $"Path {request.Path} does not exist"), // a guess
        };

        // What writes nothing of its own, info and the like, is not billed; whether each query of a batch is billed is not documented.
        var billed = path is "query" or "fetch" or "range" or "resumable-query" or "resumable-query-next" ? 1 : written;
        quota.Count(path, billed);
        return (Result(result), request with { Billed = billed, VectorsWritten = written });
    }

    private Action<Utf8JsonWriter> Reset(string space, bool all)
    {
        if (all)
        {
            index.ResetAll();
        }
        else
        {
            index.Reset(space);
        }

        return Success;
    }

    private void Names(Utf8JsonWriter writer) => Array(writer, index.Namespaces.Keys, writer.WriteStringValue);

    private static void Success(Utf8JsonWriter writer) => writer.WriteStringValue("Success");

    private static (Action<Utf8JsonWriter> Result, int Count) Counted(string name, int count) => (
        writer =>
        {
            writer.WriteStartObject();
            writer.WriteNumber(name, count);
            writer.WriteEndObject();
        },
        count);

    // Two queries or more are answered as an array of arrays. One in an array is not, which is documented and easily overlooked.
    private static Action<Utf8JsonWriter> Hits(IReadOnlyList<IReadOnlyList<(StoredVector Vector, double Score)>> hits, IReadOnlyList<JsonElement> queries) => writer =>
    {
        if (hits.Count == 1)
        {
            Array(writer, hits[0], hit => hit.Vector.Write(writer, queries[0], hit.Score));
            return;
        }

        Array(writer, hits.Zip(queries), pair => Array(writer, pair.First, hit => hit.Vector.Write(writer, pair.Second, hit.Score)));
    };

    private static Action<Utf8JsonWriter> Started((string Name, IReadOnlyList<(StoredVector Vector, double Score)> Hits) started, JsonElement query) => writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("uuid", started.Name);
        writer.WriteStartArray("scores");
        foreach (var (vector, score) in started.Hits)
        {
            vector.Write(writer, query, score);
        }

        writer.WriteEndArray();
        writer.WriteEndObject();
    };

    private static Action<Utf8JsonWriter> Resumed((JsonElement Query, IReadOnlyList<(StoredVector Vector, double Score)> Hits) resumed) => writer =>
        Array(writer, resumed.Hits, hit => hit.Vector.Write(writer, resumed.Query, hit.Score));

    private static Action<Utf8JsonWriter> Vectors(IReadOnlyList<StoredVector?> vectors, JsonElement request) => writer => Array(writer, vectors, vector =>
    {
        if (vector is null)
        {
            writer.WriteNullValue();
        }
        else
        {
            vector.Write(writer, request);
        }
    });

    private static Action<Utf8JsonWriter> Page((IReadOnlyList<StoredVector> Vectors, string NextCursor) page, JsonElement request) => writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("nextCursor", page.NextCursor);
        writer.WritePropertyName("vectors");
        Vectors(page.Vectors, request)(writer);
        writer.WriteEndObject();
    };

    private static void Array<T>(Utf8JsonWriter writer, IEnumerable<T> items, Action<T> write)
    {
        writer.WriteStartArray();
        foreach (var item in items)
        {
            write(item);
        }

        writer.WriteEndArray();
    }

    private static UpstashAnswer Result(Action<Utf8JsonWriter> write) => Json(200, writer =>
    {
        writer.WriteStartObject();
        writer.WritePropertyName("result");
        write(writer);
        writer.WriteEndObject();
    });

    private static UpstashAnswer Failure(int status, string error) => Json(status, writer =>
    {
        writer.WriteStartObject();
        writer.WriteString("error", error);
        writer.WriteNumber("status", status);
        writer.WriteEndObject();
    });

    private T Locked<T>(Func<T> body)
    {
        lock (gate)
        {
            return body();
        }
    }
}
