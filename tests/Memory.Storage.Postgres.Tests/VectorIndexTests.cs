using System.Globalization;
using Memory.Conformance;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>Large resources have an index of their own: who has one, that it is used, and that nothing is missed because of it.</summary>
public sealed class VectorIndexTests : IAsyncLifetime
{
    private const int Dimensions = 256, Messages = 1_500;
    private static readonly EmbeddingSpace Space = new("test-model", Dimensions);
    private PostgresOptions options = new();
    private PostgresDatabase? database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private PostgresDatabase Database => database ?? throw new InvalidOperationException("The database is opened before each test.");

    public async ValueTask InitializeAsync()
    {
        options = await TestDatabase.OptionsAsync(options => options.IndexFrom = 1_000);
        database = PostgresDatabase.Open(options);
        await FillAsync("large", Messages);
        await FillAsync("small", 300);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    [Fact]
    public async Task Only_a_large_resource_gets_an_index_and_it_goes_with_the_resource()
    {
        Assert.Empty(await IndexesAsync());
        var upkeep = new VectorIndexes(Database);

        await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() => upkeep.RunAsync(Token), Token)));
        await upkeep.RunAsync(Token);
        var name = Assert.Single(await IndexesAsync());
        Assert.EndsWith("_1_1", name, StringComparison.Ordinal);

        await new PostgresMessageStore(Database).EraseResourceAsync("large", DateTimeOffset.UtcNow, Token);
        await upkeep.RunAsync(Token);
        Assert.Empty(await IndexesAsync());
    }

    [Fact]
    public async Task The_index_is_used_for_the_large_resource_and_for_nothing_else()
    {
        Assert.DoesNotContain("hnsw_", await PlanAsync("large", whole: true), StringComparison.Ordinal);
        await new VectorIndexes(Database).RunAsync(Token);

        var large = await PlanAsync("large", whole: true);
        Assert.Contains("Index Scan using hnsw_", large, StringComparison.Ordinal);
        Assert.Contains("Index Scan using messages_pkey", large, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", large, StringComparison.Ordinal);
        var small = await PlanAsync("small", whole: true);
        Assert.DoesNotContain("hnsw_", small, StringComparison.Ordinal);
        Assert.DoesNotContain("Seq Scan", small, StringComparison.Ordinal);
        var thread = await PlanAsync("large-0", whole: false);
        Assert.DoesNotContain("hnsw_", thread, StringComparison.Ordinal);
        Assert.Contains("vectors_pkey", thread, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_best_three_are_nearly_always_those_of_an_exact_scan()
    {
        var exact = new List<IReadOnlyList<SearchHit>>();
        for (var seed = 0; seed < 50; seed++)
        {
            exact.Add(await NearestAsync(seed, 3));
        }

        await new VectorIndexes(Database).RunAsync(Token);
        var same = 0;
        for (var seed = 0; seed < 50; seed++)
        {
            same += (await NearestAsync(seed, 3)).Select(hit => (hit.ThreadId, hit.Position)).Intersect(exact[seed].Select(hit => (hit.ThreadId, hit.Position))).Count();
        }

        Assert.True(same >= 148, $"Of 150 hits {same} were those of an exact scan."); // 0.99
    }

    // As many dimensions as embedders in use have, and three messages on each topic, as far from a question about it as related texts are (cosine 0.5).
    [Fact]
    public async Task Of_many_dimensions_fewer_are_compared_and_the_best_three_are_those_of_an_exact_scan()
    {
        const int Many = 1_024, Topics = Messages / 3;
        var space = new EmbeddingSpace("test-model", Many);
        var wide = await TestDatabase.OptionsAsync(options => (options.IndexFrom, options.Dimensions) = (1_000, Many));
        await using (var there = PostgresDatabase.Open(wide))
        {
            var store = new PostgresMessageStore(there);
            var append = new AppendMessages(store, TimeProvider.System);
            for (var at = 0; at < Messages; at += 300)
            {
                var request = new AppendRequest { ResourceId = "wide", Messages = [.. Enumerable.Range(at, 300).Select(i => Drafts.Message($"m{i}", $"text {i}"))] };
                var vectors = Enumerable.Range(at, 300).Select(i => (ReadOnlyMemory<float>)About(i % Topics, i)).ToList();
                await store.AppendAsync(append.Prepare("wide", request) with { Embedded = new EmbeddedTexts(space, vectors) }, Token);
            }

            var exact = await AllAsync(there);
            await new VectorIndexes(there).RunAsync(Token);

            Assert.Single(await IndexesAsync(wide));
            var same = exact.Intersect(await AllAsync(there)).Count();
            Assert.True(same >= 149, $"Of {exact.Count} hits {same} were those of an exact scan."); // 0.99
        }

        await TestDatabase.ExecuteAsync(wide.Url, $"drop schema {PostgresNames.Quote(wide.Schema)} cascade");

        async Task<List<(int Question, long Position)>> AllAsync(PostgresDatabase there)
        {
            List<(int, long)> all = [];
            for (var topic = 0; topic < 50; topic++)
            {
                var query = Query("wide", [], 3) with { Vector = new QueryVector(space, About(topic, -topic - 1)) };
                all.AddRange((await new PostgresSearchIndex(there).SearchAsync(query, Token))!.Hits.Select(hit => (topic, hit.Position))); // the resource is there
            }

            return all;
        }

        static float[] About(int topic, int seed)
        {
            var sum = Vectors.Random(1_000_000 + topic, Many).Zip(Vectors.Random(seed, Many), (shared, own) => shared + own).ToArray();
            var norm = MathF.Sqrt(sum.Sum(value => value * value));
            return [.. sum.Select(value => value / norm)];
        }
    }

    [Fact]
    public async Task A_filter_that_few_meet_gets_all_of_them()
    {
        await new VectorIndexes(Database).RunAsync(Token);
        var filter = new MessageFilter { Metadata = [new MetadataCondition("number", [System.Text.Json.JsonElement.Parse("7")], [])] };

        var hits = await NearestAsync(1, 100, filter);

        Assert.Equal(Enumerable.Range(0, Messages).Count(i => i % 100 == 7), hits.Count(hit => hit.Cosine is not null));
    }

    [Fact]
    public async Task What_is_appended_edited_or_deleted_later_is_seen_at_once()
    {
        await new VectorIndexes(Database).RunAsync(Token);
        var store = new PostgresMessageStore(Database);
        var append = new AppendMessages(store, TimeProvider.System);
        var vector = Vectors.Random(99_999, Dimensions);
        await store.AppendAsync(
            append.Prepare("large-0", new AppendRequest { ResourceId = "large", Messages = [Drafts.Message("new", "new")] }) with { Embedded = new EmbeddedTexts(Space, [vector]) }, Token);

        Assert.Equal("new", await FirstAsync(vector));
        await store.DeleteMessageAsync("large-0", "new", DateTimeOffset.UtcNow, Token);
        Assert.NotEqual("new", await FirstAsync(vector));

        async Task<string> FirstAsync(float[] wanted)
        {
            var found = await new PostgresSearchIndex(Database).SearchAndReadAsync(Query("large", wanted, 1), new RecallWindow(0, 0, 0), Token);
            return found!.Messages[0].Id; // the resource is there
        }
    }

    [Theory]
    [InlineData(PartitionKey.Resource)]
    [InlineData(PartitionKey.Thread)]
    public async Task Partitions_are_indexed_where_the_resource_is(PartitionKey key)
    {
        var partitioned = await TestDatabase.OptionsAsync(options => (options.IndexFrom, options.PartitionBy, options.Partitions) = (1_000, key, 4));
        await using (var there = PostgresDatabase.Open(partitioned))
        {
            await FillAsync("large", Messages, there);
            await FillAsync("small", 300, there);
            var query = Query("large", Vectors.Random(-1, Dimensions), 3);
            var exact = await new PostgresSearchIndex(there).SearchAsync(query, Token);
            await new VectorIndexes(there).RunAsync(Token);

            Assert.InRange((await IndexesAsync(partitioned)).Count, 1, key == PartitionKey.Resource ? 1 : 2); // the resource has two threads
            var found = await new PostgresSearchIndex(there).SearchAsync(query, Token);
            Assert.Equal(exact!.Hits.Select(hit => (hit.ThreadId, hit.Position)), found!.Hits.Select(hit => (hit.ThreadId, hit.Position))); // the resource is there
            Assert.Contains("Index Scan using hnsw_", await PlanAsync("large", whole: true, there), StringComparison.Ordinal);
        }

        await TestDatabase.ExecuteAsync(partitioned.Url, $"drop schema {PostgresNames.Quote(partitioned.Schema)} cascade");
    }

    private static SearchQuery Query(string resource, float[] vector, int top, MessageFilter? filter = null) => new()
    {
        Scope = SearchScope.Resource(resource),
        Terms = [],
        Vector = new QueryVector(Space, vector),
        TopK = top,
        Filter = filter,
    };

    private async Task<IReadOnlyList<SearchHit>> NearestAsync(int seed, int top, MessageFilter? filter = null) =>
        (await new PostgresSearchIndex(Database).SearchAsync(Query("large", Vectors.Random(-seed - 1, Dimensions), top, filter), Token))!.Hits; // as above

    private async Task FillAsync(string resource, int count, PostgresDatabase? into = null)
    {
        var store = new PostgresMessageStore(into ?? Database);
        var append = new AppendMessages(store, TimeProvider.System);
        for (var at = 0; at < count; at += 300)
        {
            var request = new AppendRequest
            {
                ResourceId = resource,
                Messages = [.. Enumerable.Range(at, 300).Select(i => Drafts.Message($"m{i}", $"text {i}", metadata: $$"""{"number":{{i % 100}}}"""))],
            };
            var vectors = Enumerable.Range(at, 300).Select(i => (ReadOnlyMemory<float>)Vectors.Random(i, Dimensions)).ToList();
            await store.AppendAsync(append.Prepare($"{resource}-{at % 600}", request) with { Embedded = new EmbeddedTexts(Space, vectors) }, Token);
        }
    }

    private async Task<IReadOnlyList<string>> IndexesAsync(PostgresOptions? of = null)
    {
        await using var source = NpgsqlDataSource.Create(options.Url);
        await using var command = source.CreateCommand("select indexname from pg_indexes where schemaname = $1 and indexname like 'hnsw%'");
        command.Parameters.Add(Parameter.Text((of ?? options).Schema));
        await using var reader = await command.ExecuteReaderAsync(Token);
        List<string> names = [];
        while (await reader.ReadAsync(Token))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    /// <summary>The plans of every statement of a search, as they were run.</summary>
    private async Task<string> PlanAsync(string id, bool whole, PostgresDatabase? of = null)
    {
        await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(options.Url) { Pooling = false }.ConnectionString);
        await connection.OpenAsync(Token);
        var plans = new System.Text.StringBuilder();
        connection.Notice += (_, notice) => plans.AppendLine(notice.Notice.MessageText);
        var vector = $"'[{string.Join(',', Vectors.Random(-1, Dimensions).Select(value => value.ToString("R", CultureInfo.InvariantCulture)))}]'";
        string[] statements =
        [
            "load 'auto_explain'",
            "set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_analyze = on; set client_min_messages = log",
            $$"""
            select * from {search_messages}({{(whole ? "null" : $"'{id}'")}}, {{(whole ? $"'{id}'" : "null")}}, {{whole}}, array[1, 2, 3],
                'test-model', {{Dimensions}}, {{vector}}, 0.5, 0.5, true, 3, 0, null, null, null, null, '{}', 0, 2, 2)
            """,
        ];
        foreach (var statement in statements)
        {
            await using var command = new NpgsqlCommand((of ?? Database).Names.Fill(statement), connection);
            await command.ExecuteNonQueryAsync(Token);
        }

        return plans.ToString();
    }
}
