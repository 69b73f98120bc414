using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Memory.Cli.Tests;

/// <summary>A backend of one test's own: how the command finds it, and how a test fills it.</summary>
internal sealed class TransferPlace : IAsyncDisposable
{
    /// <summary>The length of the vectors that tests store.</summary>
    public const int Dimensions = 8;

    private readonly Func<ValueTask> release;

    private TransferPlace(string url, Dictionary<string, string> settings, Func<ValueTask> release) => (Url, Settings, this.release) = (url, settings, release);

    /// <summary>What the command is told.</summary>
    public string Url { get; }

    /// <summary>What the library is told.</summary>
    public Dictionary<string, string> Settings { get; }

    /// <summary>Makes an empty one.</summary>
    /// <param name="kind"><c>file</c>, <c>postgres</c>, <c>sqld</c> or <c>upstash</c>.</param>
    /// <param name="cli">Whose runs are to find it.</param>
    public static Task<TransferPlace> MakeAsync(string kind, Cli cli) => kind switch
    {
        "file" => Task.FromResult(File(cli, "place.db")),
        "postgres" => PostgresAsync(cli),
        "sqld" => SqldAsync(),
        _ => UpstashAsync(cli),
    };

    /// <summary>A file in the command's folder.</summary>
    public static TransferPlace File(Cli cli, string name) => new($"file:{name}", new() { ["LIBSQL_URL"] = $"file:{cli.File(name)}" }, () => ValueTask.CompletedTask);

    /// <summary>A libSQL server, which goes with it.</summary>
    public static TransferPlace At(SqldServer server)
    {
        var url = server.Url.GetLeftPart(UriPartial.Authority);
        return new TransferPlace(url, new() { ["LIBSQL_URL"] = url }, server.DisposeAsync);
    }

    /// <summary>A database on the test script's server.</summary>
    public static async Task<TransferPlace> PostgresAsync(Cli cli)
    {
        var server = TestServers.Require("MEMORY_TEST_POSTGRES", "./test.sh starts a PostgreSQL with pgvector");
        var name = $"cli_{Guid.NewGuid():N}";
        await ExecuteAsync($"create database {name}");
        var connection = new NpgsqlConnectionStringBuilder(server) { Database = name }.ConnectionString;
        cli.Variables[name] = connection;
        return new TransferPlace($"env:{name}", new() { ["DATABASE_URL"] = connection }, async () => await ExecuteAsync($"drop database {name} with (force)"));

        async Task ExecuteAsync(string sql)
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(server) { Pooling = false }.ConnectionString);
            await using var command = source.CreateCommand(sql);
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Opens it as the service would.</summary>
    public Task OnAsync(Func<IServiceProvider, Task> work) => Seed.OnAsync(Settings, work);

    /// <summary>Waits until it has so many threads of <c>ada</c>.</summary>
    public Task WaitForThreadsAsync(int count) => OnAsync(async services =>
    {
        var listing = new ThreadListing("ada", count, ThreadOrder.CreatedAt, Descending: false, After: null);
        while ((await services.GetRequiredService<IMessageStore>().ListThreadsAsync(listing, TestContext.Current.CancellationToken)).Items.Count < count)
        {
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    });

    /// <summary>
    /// Fills it: <paramref name="threads"/> threads of the resource <c>ada</c> with so many messages each, with vectors, edited and deleted ones, working memory, metadata and
    /// a title; an empty thread; and a resource with an awkward id whose messages have no vectors.
    /// </summary>
    public Task FillAsync(int threads = 3, int messages = 40, bool withVectors = true) => OnAsync(async services =>
    {
        var (store, append, edit) = (services.GetRequiredService<IMessageStore>(), services.GetRequiredService<AppendMessages>(), services.GetRequiredService<EditMessages>());
        var token = TestContext.Current.CancellationToken;
        for (var thread = 0; thread < threads; thread++)
        {
            for (var first = 0; first < messages; first += 500)
            {
                var numbers = Enumerable.Range(first, Math.Min(500, messages - first)).ToList();
                var batch = append.Prepare($"t{thread}", new AppendRequest
                {
                    ResourceId = "ada",
                    Messages = [.. numbers.Select(i => new MessageInput
                    {
                        Id = $"m{i}", Role = i % 2 == 0 ? "user" : "assistant", Name = i % 3 == 0 ? "Ada" : null, Content = new RawJson($"\"number {i} of thread {thread}: {Words(i + thread)}\""),
                        Metadata = i % 4 == 0 ? new RawJson($$"""{"n": {{i}}.50}""") : null,
                    })],
                });
                await store.AppendAsync(!withVectors ? batch : batch with { Embedded = new EmbeddedTexts(new EmbeddingSpace("test-model", Dimensions), [.. numbers.Select(i => Vector(i + thread))]) }, token);
            }
        }

        await edit.EditAsync("t0", "m3", message => message with { Content = MessageContent.FromText("edited: an armadillo") }, token);
        await edit.DeleteAsync("t0", "m5", token);
        await edit.DeleteAsync("t0", $"m{messages - 1}", token);
        var thread0 = await store.FindThreadAsync("t0", token);
        await store.UpdateThreadAsync(thread0! with { Title = "A title", Metadata = new RawJson("""{"k": [1.0]}"""), UpdatedAt = DateTimeOffset.UtcNow.ToMicroseconds() }, token); // just made
        var memories = services.GetRequiredService<WorkingMemories>();
        await memories.PutAsync(new WorkingMemoryOwner(IsThread: true, "t0"), isJson: true, """{"a":1}""", null, token);
        await memories.PutAsync(new WorkingMemoryOwner(IsThread: false, "ada"), isJson: false, "notes", null, token);
        await services.GetRequiredService<EditThreads>().CreateAsync("empty", "ada", "nothing yet", metadata: null, TimeSpan.FromDays(9), token);
        await Seed.AppendAsync(services, "bob/'%\" ö", "a thread/of '#*' 😀", ("x/y 'z'", "The platypus swims."), ("2", "It does."));
    });

    public ValueTask DisposeAsync() => release();

    private static async Task<TransferPlace> SqldAsync() => At(await SqldServer.StartAsync(TestServers.Require("MEMORY_TEST_SQLD_PROGRAM", "./test.sh gets libSQL's server")));

    private static async Task<TransferPlace> UpstashAsync(Cli cli)
    {
        var redis = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = TestServers.Require("MEMORY_TEST_REDIS", "./test.sh starts a Redis") });
        var vector = await FakeUpstashVector.StartAsync(new FakeUpstashVectorOptions { Dimensions = Dimensions, IndexDelay = TimeSpan.Zero });
        var prefix = $"cli-{Guid.NewGuid():N}";
        Dictionary<string, string> settings = new()
        {
            ["UPSTASH_REDIS_REST_URL"] = redis.Url,
            ["UPSTASH_REDIS_REST_TOKEN"] = redis.Token,
            ["UPSTASH_VECTOR_REST_URL"] = vector.Url,
            ["UPSTASH_VECTOR_REST_TOKEN"] = vector.Token,
        };
        foreach (var (name, value) in settings)
        {
            cli.Variables[name] = value;
        }

        return new TransferPlace($"upstash:{prefix}", new(settings) { ["Memory__Upstash__Prefix"] = prefix }, async () =>
        {
            await redis.DisposeAsync();
            await vector.DisposeAsync();
        });
    }

    private static string Words(int seed)
    {
        string[] words = ["river", "kettle", "orchard", "violin", "harbour", "lantern", "meadow", "compass", "pepper", "ladder", "saffron", "glacier"];
        return string.Join(' ', Enumerable.Range(0, 6).Select(i => words[(seed * 7 + i * i) % words.Length]));
    }

    private static ReadOnlyMemory<float> Vector(int seed)
    {
        var random = new Random(seed);
        var values = Enumerable.Range(0, Dimensions).Select(_ => random.NextDouble() - 0.5).ToArray();
        var norm = Math.Sqrt(values.Sum(value => value * value));
        return values.Select(value => (float)(value / norm)).ToArray();
    }
}
