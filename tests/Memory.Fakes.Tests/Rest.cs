using System.Net;
using System.Text;
using System.Text.Json;

namespace Memory.Fakes.Tests;

/// <summary>A caller of the stand-ins who sees everything.</summary>
internal sealed class Rest : IDisposable
{
    private readonly HttpClient http;

    public Rest(FakeUpstash fake, string? token = "fake-token", bool decompresses = false)
    {
        http = new HttpClient(new SocketsHttpHandler { AutomaticDecompression = decompresses ? DecompressionMethods.All : DecompressionMethods.None }) { BaseAddress = new Uri(fake.Url) };
        if (token is not null)
        {
            http.DefaultRequestHeaders.Authorization = new("Bearer", token);
        }
    }

    /// <summary>Posts a body in JSON.</summary>
    public Task<(int Status, string Body)> PostAsync(string path, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, JsonSerializer.Serialize(body), headers);

    public async Task<(int Status, string Body)> SendAsync(HttpMethod method, string path, string? body = null, params (string Name, string Value)[] headers)
    {
        using var response = await ExchangeAsync(method, path, body, headers);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async Task<HttpResponseMessage> ExchangeAsync(HttpMethod method, string path, string? body, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method, new Uri(path, UriKind.Relative)) { Content = body is null ? null : new StringContent(body, Encoding.UTF8) };
        foreach (var (name, value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>The result of a request that succeeds.</summary>
    public async Task<JsonElement> ResultAsync(string path, object body)
    {
        var (status, text) = await PostAsync(path, body);
        Assert.True(status == 200, $"{status} {text}");
        return JsonElement.Parse(text).GetProperty("result");
    }

    /// <summary>The result of one command that succeeds.</summary>
    public Task<JsonElement> RunAsync(params object[] command) => ResultAsync("/", command);

    public void Dispose() => http.Dispose();
}
