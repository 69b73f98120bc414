using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Memory.Server.Tests;

/// <summary>Somebody with a key.</summary>
/// <param name="Key">The key.</param>
/// <param name="Resources">Whose memory it opens.</param>
/// <param name="IsAlone">Whether that is one resource, whose own words this visitor may then say.</param>
internal sealed record Visitor(string Key, string[] Resources, bool IsAlone);

/// <summary>A request on any route with any ids, most of them of others.</summary>
/// <param name="Visitor">Who sends it.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path and query.</param>
/// <param name="Json">Its body.</param>
/// <param name="IsAsync">Whether it asks to be done later.</param>
internal sealed record RandomRequest(Visitor Visitor, HttpMethod Method, string Path, string? Json, bool IsAsync)
{
    public static RandomRequest Make(Random random, Visitor visitor, string[] resources, int threadsEach, int number)
    {
        var (resource, other) = (resources[random.Next(resources.Length)], resources[random.Next(resources.Length)]);
        var thread = random.Next(12) switch
        {
            0 => "missing",
            1 => $"{resource}' or '1'='1",
            2 => $"{Thread(resource, 0)}*",
            3 => $"new-{number}",
            _ => Thread(resource, random.Next(threadsEach)),
        };
        var own = visitor.IsAlone ? IsolationTests.Secret(visitor.Resources[0]) : "nobody's words";
        var (t, r, m) = ($"/v1/threads/{Uri.EscapeDataString(thread)}", $"/v1/resources/{Uri.EscapeDataString(resource)}", $"m{random.Next(1, 8)}");
        object[] messages = [new { id = random.Next(2) == 0 ? m : $"x{number}", role = "user", content = $"common words ocelot {own}" }];
        var named = random.Next(3) switch { 0 => null, 1 => other, _ => resource };
        var recall = new
        {
            query = "common words ocelot wombat",
            lastMessages = 20,
            explain = random.Next(2) == 0,
            format = random.Next(3) == 0 ? "prompt" : "messages",
            semanticRecall = new { topK = 50, messageRange = 20, scope = random.Next(2) == 0 ? "thread" : "resource" },
        };
        var (method, path, body) = random.Next(26) switch
        {
            0 => (HttpMethod.Post, "/v1/threads", new { id = thread, resourceId = resource, title = own }),
            1 => (HttpMethod.Get, $"/v1/threads?resourceId={Uri.EscapeDataString(resource)}", null),
            2 => (HttpMethod.Get, t, null),
            3 => (HttpMethod.Patch, t, new { title = own }),
            4 => (HttpMethod.Delete, t, null),
            5 => (HttpMethod.Post, $"{t}/clone", (object)new { id = $"clone-{number}", resourceId = named }),
            6 => (HttpMethod.Post, $"{t}/messages", new { resourceId = named, messages }),
            7 or 8 => (HttpMethod.Get, $"{t}/messages?last=50", null),
            9 => (HttpMethod.Get, $"{t}/messages?limit=3&direction=desc", null),
            10 => (HttpMethod.Patch, $"{t}/messages/{m}", new { content = own }),
            11 => (HttpMethod.Delete, $"{t}/messages/{m}", null),
            12 or 13 or 14 => (HttpMethod.Post, $"{t}/recall", recall),
            15 => (HttpMethod.Post, $"{t}/recall", new { append = new { resourceId = named, messages }, query = "ocelot wombat", recall.semanticRecall }),
            16 => (HttpMethod.Post, $"{r}/recall", new { query = "common words ocelot", semanticRecall = new { topK = 50, messageRange = 20 } }),
            17 => (HttpMethod.Get, "/v1/resources", null),
            18 => (HttpMethod.Get, $"{r}/export", null),
            19 when random.Next(4) == 0 => (HttpMethod.Delete, r, null),
            20 or 21 => (HttpMethod.Get, $"{(random.Next(2) == 0 ? t : r)}/working-memory", null),
            22 => (HttpMethod.Put, $"{(random.Next(2) == 0 ? t : r)}/working-memory", new { own }),
            23 => (HttpMethod.Patch, $"{(random.Next(2) == 0 ? t : r)}/working-memory", new { own }),
            24 => (HttpMethod.Delete, $"{(random.Next(2) == 0 ? t : r)}/working-memory", null),
            _ => (HttpMethod.Get, $"/v1/operations/{Guid.NewGuid()}", (object?)null),
        };
        return new RandomRequest(visitor, method, path, body is null ? null : JsonSerializer.Serialize(body), path.EndsWith("/messages", StringComparison.Ordinal) && random.Next(3) == 0);
    }

    /// <summary>The id of a thread that a resource has from the beginning.</summary>
    public static string Thread(string resource, int number) => $"{resource}-{number}";

    public static HttpRequestMessage Message(string key, HttpMethod method, string path, string? json) => new(method, new Uri(path, UriKind.Relative))
    {
        Content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json"),
        Headers = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    public HttpRequestMessage ToMessage()
    {
        var message = Message(Visitor.Key, Method, Path, Json);
        if (IsAsync)
        {
            message.Headers.Add("Prefer", "respond-async");
        }

        return message;
    }

    public override string ToString() => $"{Method} {Path} {Json} of {string.Join(" and ", Visitor.Resources)}";
}
