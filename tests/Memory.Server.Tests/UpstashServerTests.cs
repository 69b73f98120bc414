using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Memory.Fakes;

namespace Memory.Server.Tests;

/// <summary>The server over Upstash's protocol.</summary>
public sealed class UpstashServerTests : IAsyncLifetime
{
    private const int Dimensions = 64;
    private readonly string prefix = $"server-{Guid.NewGuid():N}";
    private UpstashRedisProxy? redis;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private UpstashRedisProxy Redis => redis ?? throw new InvalidOperationException("Redis is started before each test.");

    public async ValueTask InitializeAsync()
    {
        var address = Environment.GetEnvironmentVariable("MEMORY_TEST_REDIS") ?? "";
        Assert.SkipWhen(address.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_REDIS is not set: ./test.sh starts a Redis.");
        Assert.True(address.Length > 0, "MEMORY_TEST_REDIS is not set: run the tests with ./test.sh.");
        redis = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = address, Token = "secret-token" });
    }

    public ValueTask DisposeAsync() => redis?.DisposeAsync() ?? ValueTask.CompletedTask;

    [Fact]
    public async Task The_short_names_alone_choose_it_and_the_first_line_says_so_without_the_token()
    {
        using var folder = new TempFolder();
        await using var vector = await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = Dimensions, Token = "another-secret" });
        await using var server = await StartAsync(folder, $"UPSTASH_VECTOR_REST_URL={vector.Url}/", $"UPSTASH_VECTOR_REST_TOKEN={vector.Token}");

        Assert.Contains($"Storage: upstash, {new Uri(Redis.Url).Authority}, prefix {prefix} (vectors: upstash, {new Uri(vector.Url).Authority}", server.StartLine, StringComparison.Ordinal);
        Assert.Contains("because UPSTASH_REDIS_REST_URL is set", server.StartLine, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("memory.db")));
        await ReadmeTests.RunSessionAsync(server);
        Assert.Equal(0, await server.StopAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task With_an_embedder_it_finds_by_meaning_with_an_index_of_vectors_or_without(bool hasVector)
    {
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        await using var vector = await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = Dimensions });
        await using var server = await StartAsync(folder,
        [
            "Memory__Embedding__Provider=openai", $"Memory__Embedding__OpenAI__Url={embedder.Url}/v1", $"Memory__Embedding__OpenAI__ApiKey={embedder.Key}", $"Memory__Embedding__OpenAI__Dimensions={Dimensions}",
            .. hasVector ? (string[])[$"UPSTASH_VECTOR_REST_URL={vector.Url}", $"UPSTASH_VECTOR_REST_TOKEN={vector.Token}"] : [],
        ]);
        Assert.Equal(!hasVector, server.StartLine.Contains("the newest 10000 of each resource", StringComparison.Ordinal));

        using var appended = await server.Client.PostAsJsonAsync("/v1/threads/t/messages", new { resourceId = "r", messages = (object[])[Said("m1", "alpha beta"), Said("m2", "gamma delta")] }, Token);
        Assert.Equal(0, (await appended.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("pendingEmbeddings").GetInt32());
        foreach (var path in (string[])["/v1/threads/t/recall", "/v1/resources/r/recall"])
        {
            var hit = (await RecallAsync(server, path)).GetProperty("explain").GetProperty("hits")[0];
            Assert.Equal(2, hit.GetProperty("position").GetInt32());
            Assert.Equal(1.0, hit.GetProperty("signals").GetProperty("dense").GetDouble(), 0.01);
        }

        using var deleted = await server.Client.DeleteAsync(new Uri("/v1/threads/t/messages/m2", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.DoesNotContain((await RecallAsync(server, "/v1/resources/r/recall")).GetProperty("messages").EnumerateArray(), message => message.GetProperty("id").GetString() == "m2");
        using var erased = await server.Client.DeleteAsync(new Uri("/v1/resources/r", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.OK, erased.StatusCode);
        vector.Index();
        Assert.All(vector.Namespaces, name => Assert.Empty(vector.Ids(name)));
    }

    [Fact]
    public async Task Everything_answered_survives_kill_9()
    {
        using var folder = new TempFolder();
        await Traffic.SurviveKillsAsync(() => StartAsync(folder));
    }

    [Fact]
    public async Task While_Redis_is_away_every_call_is_503_with_Retry_After_and_no_conversation_is_empty()
    {
        using var folder = new TempFolder();
        await using var server = await StartAsync(folder, "Memory__Upstash__Retries=0");
        using var appended = await server.Client.PostAsJsonAsync("/v1/threads/t/messages", new { resourceId = "r", messages = (object[])[Said("m1", "alpha")] }, Token);
        Redis.FailWith(UpstashFault.Answer(503));

        foreach (var path in (string[])["/v1/threads/t/messages?last=5", "/v1/threads?resourceId=r", "/v1/threads/t", "/health/ready"])
        {
            using var answer = await server.Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        }

        Redis.Recover();
        using var back = await server.Client.GetAsync(new Uri("/v1/threads/t/messages?last=5", UriKind.Relative), Token);
        Assert.Contains("alpha", await back.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static object Said(string id, string content) => new { id, role = "user", content };

    private static async Task<JsonElement> RecallAsync(ServerProcess server, string path)
    {
        using var answer = await server.Client.PostAsJsonAsync(path, new { query = "gamma delta", explain = true, semanticRecall = new { topK = 1, messageRange = 0 } }, Token);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return await answer.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private Task<ServerProcess> StartAsync(TempFolder folder, params string[] settings) => ServerProcess.StartAsync(
        folder,
        [
            $"UPSTASH_REDIS_REST_URL={Redis.Url}", $"UPSTASH_REDIS_REST_TOKEN={Redis.Token}", $"Memory__Upstash__Prefix={prefix}",
            "Memory__Operations__LeaseSeconds=1", "Memory__Operations__MaxAttempts=50", "Memory__Operations__SweepSeconds=0.1", .. settings,
        ]);
}
