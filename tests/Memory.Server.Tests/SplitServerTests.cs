using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Memory.Fakes;
using Npgsql;

namespace Memory.Server.Tests;

/// <summary>The server with messages in one place and their vectors in another.</summary>
public sealed class SplitServerTests : IAsyncLifetime
{
    private const int Dimensions = 64;
    private const string ByFile = "Memory__LibSql__VectorUrl is another file", ToFile = "PostgreSQL, and vectors in a file", ToPostgres = "a file, and vectors in PostgreSQL";
    private readonly string schema = $"split_{Guid.NewGuid():N}";
    private string url = "";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        url = Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES") ?? "";
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        if (url.Length > 0)
        {
            await ExecuteAsync($"drop schema if exists {schema} cascade");
        }
    }

    [Theory]
    [InlineData(ByFile)]
    [InlineData(ToFile)]
    [InlineData(ToPostgres)]
    public async Task Every_change_of_a_message_is_one_of_its_vector_and_an_erasure_leaves_none(string how)
    {
        Require(how);
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        await using var server = await StartAsync(how, folder, embedder);
        Assert.Contains(how == ToPostgres ? "(vectors: postgres, " : $"(vectors: libsql, {folder.File("vectors.db")}, because ", server.StartLine, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token)).StatusCode);

        var first = await SendAsync(server, HttpMethod.Post, "/v1/threads/t/messages", Append("alpha beta", "gamma delta", "epsilon zeta"));
        Assert.Equal(0, first.GetProperty("pendingEmbeddings").GetInt32());
        Assert.Equal(3, await CountAsync(how, folder));
        foreach (var path in (string[])["/v1/threads/t/recall", "/v1/resources/r/recall"])
        {
            Assert.Equal((2, 1, 1.0), await BestAsync(server, path, "gamma delta"));
        }

        await SendAsync(server, HttpMethod.Patch, "/v1/threads/t/messages/m1", """{"content":"gamma delta eta"}""");
        Assert.Equal(3, await CountAsync(how, folder)); // the new text's instead of the old one's
        Assert.Equal((1, 1, 1.0), await BestAsync(server, "/v1/threads/t/recall", "gamma delta eta"));
        await SendAsync(server, HttpMethod.Delete, "/v1/threads/t/messages/m2");
        Assert.Equal(2, await CountAsync(how, folder));

        await SendAsync(server, HttpMethod.Post, "/v1/threads/t/messages", Append("alpha beta", "gamma delta", "epsilon zeta")); // once more
        Assert.Equal(2, await CountAsync(how, folder));
        await SendAsync(server, HttpMethod.Post, "/v1/threads/t/clone", """{"id":"u"}""");
        Assert.Equal(4, await CountAsync(how, folder));
        await SendAsync(server, HttpMethod.Delete, "/v1/threads/u");
        Assert.Equal(2, await CountAsync(how, folder));

        await SendAsync(server, HttpMethod.Delete, "/v1/resources/r");
        Assert.Equal(0, await CountAsync(how, folder));
        var after = await SendAsync(server, HttpMethod.Post, "/v1/resources/r/recall", """{"query":"gamma delta eta"}""");
        Assert.Empty(after.GetProperty("messages").EnumerateArray());
    }

    [Fact]
    public async Task Without_the_vector_service_it_does_not_start_and_says_which()
    {
        using var folder = new TempFolder();
        var (code, output) = await ServerProcess.RunToEndAsync(folder, "Memory__Vectors__Backend=postgres", "Memory__Postgres__VectorUrl=postgres://127.0.0.1:1/x");
        Assert.True(code == 1, $"Exit code {code}: {output}");
        ConfigurationTests.AssertOneLine(output, "cannot be reached");
    }

    [Fact]
    public async Task While_the_vector_service_is_down_appends_go_on_recalls_are_503_and_then_everything_is_found()
    {
        Require(ToPostgres);
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        await using var server = await StartAsync(ToPostgres, folder, embedder);
        await SendAsync(server, HttpMethod.Post, "/v1/threads/t/messages", Append("alpha beta"));

        await ExecuteAsync($"alter schema {schema} rename to {schema}_away");
        try
        {
            var appended = await SendAsync(server, HttpMethod.Post, "/v1/threads/u/messages", Append("gamma delta"));
            Assert.Equal(1, appended.GetProperty("pendingEmbeddings").GetInt32());
            using var recall = await server.Client.SendAsync(Request(HttpMethod.Post, "/v1/resources/r/recall", """{"query":"alpha beta"}"""), Token);
            Assert.True(recall.StatusCode is HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway, recall.StatusCode.ToString());
        }
        finally
        {
            await ExecuteAsync($"alter schema {schema}_away rename to {schema}");
        }

        for (var deadline = DateTime.UtcNow.AddSeconds(60); await CountAsync(ToPostgres, folder) < 2; await Task.Delay(50, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, "A message still awaits its vector.");
        }

        Assert.Equal((1, 1, 1.0), await BestAsync(server, "/v1/threads/u/recall", "gamma delta"));
    }

    private static string Append(params string[] texts) => JsonSerializer.Serialize(new
    {
        resourceId = "r",
        messages = texts.Select((text, i) => new { id = $"m{i + 1}", role = "user", content = text, createdAt = "2030-01-01T00:00:00Z" }),
    });

    // The best hit's position, its place by vectors and its cosine.
    private static async Task<(int Position, int Rank, double Cosine)> BestAsync(ServerProcess server, string path, string question)
    {
        var recall = await SendAsync(server, HttpMethod.Post, path, $$"""{"query":"{{question}}","explain":true}""");
        var hit = recall.GetProperty("explain").GetProperty("hits")[0];
        var signals = hit.GetProperty("signals");
        return (hit.GetProperty("position").GetInt32(), signals.GetProperty("denseRank").GetInt32(), Math.Round(signals.GetProperty("dense").GetDouble(), 2));
    }

    private static HttpRequestMessage Request(HttpMethod method, string path, string? json) => new(method, new Uri(path, UriKind.Relative))
    {
        Content = json is null ? null : new StringContent(json, System.Text.Encoding.UTF8, "application/json"),
    };

    private static async Task<JsonElement> SendAsync(ServerProcess server, HttpMethod method, string path, string? json = null)
    {
        using var request = Request(method, path, json);
        using var response = await server.Client.SendAsync(request, Token);
        Assert.True(response.IsSuccessStatusCode, $"{method} {path}: {response.StatusCode} {await response.Content.ReadAsStringAsync(Token)}");
        return response.Content.Headers.ContentLength == 0 || response.StatusCode == HttpStatusCode.NoContent ? default : await response.Content.ReadFromJsonAsync<JsonElement>(Token);
    }

    private void Require(string how)
    {
        Assert.SkipWhen(
            how != ByFile && url.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_POSTGRES is not set: ./test.sh starts a PostgreSQL with pgvector.");
        Assert.True(how == ByFile || url.Length > 0, "MEMORY_TEST_POSTGRES is not set: run the tests with ./test.sh.");
    }

    private Task<ServerProcess> StartAsync(string how, TempFolder folder, FakeOpenAI embedder) => ServerProcess.StartAsync(
        folder,
        [
            "Memory__Embedding__Provider=openai", $"Memory__Embedding__OpenAI__Url={embedder.Url}/v1", $"Memory__Embedding__OpenAI__ApiKey={embedder.Key}",
            "Memory__Embedding__SweepSeconds=0.1", "Memory__Embedding__LeaseSeconds=2", "Memory__Embedding__MaxRetrySeconds=1", $"--Memory:Postgres:Schema={schema}",
            .. how switch
            {
                ByFile => [$"Memory__LibSql__VectorUrl=file:{folder.File("vectors.db")}"],
                ToFile => [$"DATABASE_URL={url}", "Memory__Vectors__Backend=libsql", $"Memory__LibSql__VectorUrl=file:{folder.File("vectors.db")}"],
                _ => (string[])["Memory__Storage__Backend=libsql", "Memory__Vectors__Backend=postgres", $"Memory__Postgres__VectorUrl={url}"],
            },
        ]);

    private async Task<long> CountAsync(string how, TempFolder folder)
    {
        if (how != ToPostgres)
        {
            return StoredVectors.Number(folder, "select count(*) from split_vectors", "vectors.db");
        }

        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(url) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand($"select count(*) from {schema}.split_vectors");
        return (long)(await command.ExecuteScalarAsync(Token))!; // a count
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(url) { Pooling = false }.ConnectionString);
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(CancellationToken.None);
    }
}
