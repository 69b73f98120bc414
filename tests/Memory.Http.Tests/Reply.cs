using System.Text.Json;

namespace Memory.Http.Tests;

/// <summary>An answer of the API, read to its end.</summary>
public sealed record Reply(int Status, string Body, IReadOnlyDictionary<string, string> Headers)
{
    public JsonElement Json => JsonElement.Parse(Body);

    public string? Code => Json.TryGetProperty("code", out var code) ? code.GetString() : null;

    public string? Header(string name) => Headers.GetValueOrDefault(name);

    /// <summary>Reads a response to its end.</summary>
    public static async Task<Reply> ReadAsync(HttpResponseMessage response) => new(
        (int)response.StatusCode,
        await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
        response.Headers.Concat(response.Content.Headers).ToDictionary(header => header.Key, header => string.Join(", ", header.Value), StringComparer.OrdinalIgnoreCase));

    /// <summary>The members of an object, in order.</summary>
    public static string Shape(JsonElement value) => string.Join(' ', value.EnumerateObject().Select(member => member.Name));

    public Reply Is(int status)
    {
        Assert.True(Status == status, $"Expected {status}, got {Status}: {(Body.Length > 400 ? Body[..400] : Body)}");
        return this;
    }

    /// <summary>Asserts problem details (RFC 9457) with a status and code.</summary>
    public Reply IsProblem(int status, string code)
    {
        Is(status);
        Assert.Equal("application/problem+json", Header("Content-Type")?.Split(';')[0]);
        Assert.Equal(code, Code);
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.Equal($"urn:memory:problem:{code}", Json.GetProperty("type").GetString());
        Assert.NotEqual("", Json.GetProperty("title").GetString());
        Assert.NotEqual("", Json.GetProperty("detail").GetString());
        return this;
    }

    /// <summary>Asserts a 400 that names what is wrong.</summary>
    public void IsInvalid(params string[] paths)
    {
        IsProblem(400, "invalid_request");
        Assert.Equal(paths.Order(), Json.GetProperty("errors").EnumerateObject().Select(error => error.Name).Order());
    }

    public IEnumerable<JsonElement> Items(string name = "items") => Json.GetProperty(name).EnumerateArray();

    public string?[] All(string list, string member) => [.. Items(list).Select(item => item.GetProperty(member).ToString())];
}
