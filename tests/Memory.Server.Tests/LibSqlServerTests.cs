using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Memory.Fakes;

namespace Memory.Server.Tests;

/// <summary>The server over a libSQL server.</summary>
public sealed class LibSqlServerTests
{
    private const int Dimensions = 64;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_short_names_alone_choose_it_and_the_first_line_says_so_without_the_token()
    {
        await using var sqld = await SqldAsync();
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, $"LIBSQL_URL={sqld.Url}", "LIBSQL_AUTH_TOKEN=some.secret.token");
        Assert.Contains($"Storage: libsql, {sqld.Url.Authority}, because LIBSQL_URL is set", server.StartLine, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", server.Output, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("memory.db")));
        await ReadmeTests.RunSessionAsync(server);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task With_an_embedder_it_finds_by_meaning_and_vectors_may_be_on_another_server()
    {
        await using var sqld = await SqldAsync();
        await using var vectors = await SqldAsync();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        foreach (var vectorUrl in (string[])["", vectors.Url.AbsoluteUri])
        {
            using var folder = new TempFolder();
            await using var server = await ServerProcess.StartAsync(folder,
            [
                $"LIBSQL_URL={sqld.Url}", $"Memory__LibSql__VectorUrl={vectorUrl}",
                "Memory__Embedding__Provider=openai", $"Memory__Embedding__OpenAI__Url={embedder.Url}/v1", $"Memory__Embedding__OpenAI__ApiKey={embedder.Key}", $"Memory__Embedding__OpenAI__Dimensions={Dimensions}",
            ]);
            Assert.Equal(vectorUrl.Length > 0, server.StartLine.Contains($"(vectors: libsql, {vectors.Url.Authority}", StringComparison.Ordinal));

            var thread = $"t{vectorUrl.Length}";
            using var appended = await server.Client.PostAsJsonAsync($"/v1/threads/{thread}/messages", new { resourceId = thread, messages = (object[])[Said("m1", "alpha beta"), Said("m2", "gamma delta")] }, Token);
            Assert.Equal(0, (await appended.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("pendingEmbeddings").GetInt32());
            using var answer = await server.Client.PostAsJsonAsync($"/v1/threads/{thread}/recall", new { query = "gamma delta", explain = true, semanticRecall = new { topK = 1, messageRange = 0 } }, Token);
            var hit = (await answer.Content.ReadFromJsonAsync<JsonElement>(Token)).GetProperty("explain").GetProperty("hits")[0];
            Assert.Equal(2, hit.GetProperty("position").GetInt32());
            Assert.Equal(1.0, hit.GetProperty("signals").GetProperty("dense").GetDouble(), 0.01);
            using var erased = await server.Client.DeleteAsync(new Uri($"/v1/resources/{thread}", UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.OK, erased.StatusCode);
        }
    }

    [Fact]
    public async Task Everything_answered_survives_kill_9()
    {
        await using var sqld = await SqldAsync();
        using var folder = new TempFolder();
        await Traffic.SurviveKillsAsync(() => StartAsync(folder, sqld));
    }

    [Fact]
    public async Task While_the_server_is_away_every_call_is_503_with_Retry_After_and_no_conversation_is_empty()
    {
        await using var sqld = await SqldAsync();
        using var folder = new TempFolder();
        await using var server = await StartAsync(folder, sqld, "Memory__LibSql__Retries=0");
        using var appended = await server.Client.PostAsJsonAsync("/v1/threads/t/messages", new { resourceId = "r", messages = (object[])[Said("m1", "alpha")] }, Token);
        Assert.Equal(HttpStatusCode.Created, appended.StatusCode);
        await sqld.KillAsync();
        foreach (var path in (string[])["/v1/threads/t/messages?last=5", "/v1/threads?resourceId=r", "/v1/threads/t", "/health/ready"])
        {
            using var answer = await server.Client.GetAsync(new Uri(path, UriKind.Relative), Token);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
            Assert.NotNull(answer.Headers.RetryAfter);
        }

        await sqld.BeginAsync();
        using var back = await server.Client.GetAsync(new Uri("/v1/threads/t/messages?last=5", UriKind.Relative), Token);
        Assert.Contains("alpha", await back.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    internal static Task<SqldServer> SqldAsync()
    {
        var program = Environment.GetEnvironmentVariable("MEMORY_TEST_SQLD_PROGRAM") ?? "";
        Assert.SkipWhen(program.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_SQLD_PROGRAM is not set: ./test.sh gets libSQL's server.");
        Assert.True(program.Length > 0, "MEMORY_TEST_SQLD_PROGRAM is not set: run the tests with ./test.sh.");
        return SqldServer.StartAsync(program);
    }

    private static object Said(string id, string content) => new { id, role = "user", content };

    private static Task<ServerProcess> StartAsync(TempFolder folder, SqldServer sqld, params string[] settings) => ServerProcess.StartAsync(
        folder, [$"LIBSQL_URL={sqld.Url}", "Memory__Operations__LeaseSeconds=1", "Memory__Operations__MaxAttempts=50", "Memory__Operations__SweepSeconds=0.1", .. settings]);
}
