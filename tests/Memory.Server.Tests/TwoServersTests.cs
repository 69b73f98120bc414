using System.Text.Json;

namespace Memory.Server.Tests;

public sealed class TwoServersTests
{
    [Fact]
    public async Task Two_servers_write_to_the_same_threads_of_one_file()
    {
        using var folder = new TempFolder();
        var servers = await Task.WhenAll(ServerProcess.StartAsync(folder), ServerProcess.StartAsync(folder));
        await using var first = servers[0];
        await using var second = servers[1];
        var traffic = new Traffic(threads: 2);
        await Task.WhenAll(traffic.WriteAsync(first.Client, writers: 4, each: 60), traffic.WriteAsync(second.Client, writers: 4, each: 60));
        Assert.Equal(480, traffic.Answered);
        await traffic.VerifyAsync(first.Client);
        await traffic.VerifyAsync(second.Client);
        Assert.Equal(480, (await Traffic.ReadAsync(first.Client, 0)).Count + (await Traffic.ReadAsync(second.Client, 1)).Count);
    }

    [Fact]
    public async Task Each_server_recalls_at_once_what_the_other_wrote()
    {
        using var folder = new TempFolder();
        await using var first = await ServerProcess.StartAsync(folder);
        await using var second = await ServerProcess.StartAsync(folder);
        for (var round = 0; round < 10; round++)
        {
            var (writer, reader) = round % 2 == 0 ? (first.Client, second.Client) : (second.Client, first.Client);
            var message = $"/v1/threads/t/messages/m{round}";
            await SendAsync(writer, HttpMethod.Post, "/v1/threads/t/messages", $$"""{"resourceId":"r","messages":[{"id":"m{{round}}","role":"user","content":"appended{{round}}x"}]}""");
            Assert.Equal([$"m{round}"], await RecallAsync(reader, $"appended{round}x"));
            await SendAsync(reader, HttpMethod.Patch, message, $$"""{"content":"edited{{round}}x"}""");
            Assert.Equal([$"m{round}"], await RecallAsync(writer, $"edited{round}x"));
            Assert.Empty(await RecallAsync(writer, $"appended{round}x"));
            if (round % 3 == 0)
            {
                await SendAsync(writer, HttpMethod.Delete, message, null);
                Assert.Empty(await RecallAsync(reader, $"edited{round}x"));
            }
        }

        await SendAsync(first.Client, HttpMethod.Delete, "/v1/resources/r", null);
        Assert.Empty(await RecallAsync(second.Client, "edited1x", inResource: true));
        await SendAsync(second.Client, HttpMethod.Post, "/v1/threads/t/messages", """{"resourceId":"r","messages":[{"id":"again","role":"user","content":"edited1x"}]}""");
        Assert.Equal(["again"], await RecallAsync(first.Client, "edited1x", inResource: true));
    }

    private static async Task<string?[]> RecallAsync(HttpClient client, string query, bool inResource = false)
    {
        var body = $$$"""{"query":"{{{query}}}","lastMessages":0,"semanticRecall":{"topK":1,"messageRange":0}}""";
        var reply = await SendAsync(client, HttpMethod.Post, inResource ? "/v1/resources/r/recall" : "/v1/threads/t/recall", body);
        return [.. reply.GetProperty("messages").EnumerateArray().Select(message => message.GetProperty("id").GetString())];
    }

    private static async Task<JsonElement> SendAsync(HttpClient client, HttpMethod method, string path, string? json)
    {
        using var request = new HttpRequestMessage(method, path) { Content = json is null ? null : new StringContent(json, null, "application/json") };
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        var body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, body);
        return body.Length > 0 ? JsonElement.Parse(body) : default;
    }
}
