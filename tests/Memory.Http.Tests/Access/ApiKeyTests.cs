using System.Net.Http.Headers;

namespace Memory.Http.Tests;

public sealed class ApiKeyTests
{
    private const string Key = "correct horse battery staple";

    [Fact]
    public async Task Only_who_has_the_key_gets_in()
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:ApiKey", Key);
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        await RefusedAsync(client, null, null);
        await RefusedAsync(client, "Authorization", "Bearer wrong");
        await RefusedAsync(client, "Authorization", $"Bearer {Key}x");
        await RefusedAsync(client, "Authorization", $"Basic {Key}");
        await RefusedAsync(client, "Authorization", Key);
        await RefusedAsync(client, "x-api-key", Key.ToUpperInvariant());
        await RefusedAsync(client, "x-api-key", "");
        Assert.Equal(200, (int)(await SendAsync(client, "/v1/resources", "Authorization", $"Bearer {Key}")).StatusCode);
        Assert.Equal(200, (int)(await SendAsync(client, "/v1/resources", "Authorization", $"bearer {Key}")).StatusCode);
        Assert.Equal(200, (int)(await SendAsync(client, "/v1/resources", "x-api-key", Key)).StatusCode);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/openapi/v1.json")]
    public async Task Health_and_the_description_need_no_key(string path)
    {
        await using var server = await OwnServer.StartAsync("--Memory:Http:ApiKey", Key);
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        Assert.Equal(200, (int)(await SendAsync(client, path, null, null)).StatusCode);
    }

    [Fact]
    public async Task Without_a_key_a_foreign_host_name_is_refused()
    {
        await using var server = await OwnServer.StartAsync();
        using var client = new HttpClient { BaseAddress = new Uri(server.Url) };
        Assert.Equal(400, (int)(await SendAsync(client, "/v1/resources", "Host", "attacker.example")).StatusCode);
        Assert.Equal(200, (int)(await SendAsync(client, "/v1/resources", "Host", "localhost")).StatusCode);
    }

    private static async Task RefusedAsync(HttpClient client, string? header, string? value)
    {
        using var response = await SendAsync(client, "/v1/resources", header, value);
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        new Reply((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), ContentType(response)).IsProblem(401, "unauthorized");
    }

    private static Dictionary<string, string> ContentType(HttpResponseMessage response) => new() { ["Content-Type"] = (response.Content.Headers.ContentType ?? new MediaTypeHeaderValue("none/none")).ToString() };

    private static Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string? header, string? value)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (header is not null)
        {
            request.Headers.TryAddWithoutValidation(header, value);
        }

        return client.SendAsync(request, TestContext.Current.CancellationToken);
    }
}
