namespace Memory.Fakes.Tests;

public sealed class VectorTests
{
    [Fact]
    public async Task A_vector_is_found_only_once_it_is_indexed()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        Assert.Equal("Success", (await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 }, metadata = new { n = 1 }, data = "text" })).GetString());
        Assert.Equal("[]", (await rest.ResultAsync("/query", new { vector = new[] { 1, 0, 0 } })).GetRawText());
        Assert.Equal("""[{"id":"a"},null]""", (await rest.ResultAsync("/fetch", new { ids = new[] { "a", "b" } })).GetRawText());
        Assert.Equal((0, 1), await CountsAsync(rest));
        Assert.Equal(1, fake.Pending);
        fake.Index();
        Assert.Equal((1, 0), await CountsAsync(rest));
        Assert.Equal("""[{"id":"a","score":1}]""", (await rest.ResultAsync("/query", new { vector = new[] { 1, 0, 0 } })).GetRawText());
        Assert.Equal(
            """[{"id":"a","score":0.5,"vector":[1,0,0],"metadata":{"n":1},"data":"text"}]""",
            (await rest.ResultAsync("/query", new { vector = new[] { 0, 2, 0 }, includeMetadata = true, includeVectors = true, includeData = true })).GetRawText());
    }

    [Fact]
    public async Task A_deleted_vector_is_found_until_that_is_indexed()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new[] { new { id = "a", vector = new[] { 1, 0, 0 } }, new { id = "b", vector = new[] { 0, 1, 0 } } });
        fake.Index();
        Assert.Equal("""{"deleted":1}""", (await rest.ResultAsync("/delete", new { ids = new[] { "a", "x" } })).GetRawText());
        Assert.Equal(["a", "b"], await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }));
        Assert.Equal(["b"], fake.Ids());
        fake.Index();
        Assert.Equal(["b"], await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }));
    }

    [Fact]
    public async Task Indexing_can_take_its_time()
    {
        Microsoft.Extensions.Time.Testing.FakeTimeProvider clock = new();
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.FromSeconds(1), Clock = clock, ReadsSeePending = false });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 } });
        clock.Advance(TimeSpan.FromSeconds(0.9));
        Assert.Empty(await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }));
        Assert.Equal("[null]", (await rest.ResultAsync("/fetch", new { ids = new[] { "a" } })).GetRawText());
        clock.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(["a"], await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }));
        Assert.Equal("""[{"id":"a"}]""", (await rest.ResultAsync("/fetch", new { ids = new[] { "a" } })).GetRawText());
    }

    [Theory]
    [InlineData(VectorSimilarity.Cosine, 1, 0, 0, -5, 0, 0, 0)]
    [InlineData(VectorSimilarity.Cosine, 1, 0, 0, 2, 2, 0, 0.853553)]
    [InlineData(VectorSimilarity.Euclidean, 1, 0, 0, 1, 2, 0, 0.2)]
    [InlineData(VectorSimilarity.DotProduct, 1, 0, 0, 0.6f, 0.8f, 0, 0.8)]
    public async Task Scores_are_from_0_to_1(VectorSimilarity similarity, float a, float b, float c, float x, float y, float z, double score)
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { Similarity = similarity, IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { x, y, z } });
        Assert.Equal(score, (await rest.ResultAsync("/query", new { vector = new[] { a, b, c } }))[0].GetProperty("score").GetDouble(), 0.00001);
    }

    [Fact]
    public async Task A_batch_of_one_query_is_answered_flat()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 } });
        var query = new { vector = new[] { 1, 0, 0 }, topK = 1 };
        const string Hits = """[{"id":"a","score":1}]""";
        Assert.Equal(Hits, (await rest.ResultAsync("/query", query)).GetRawText());
        Assert.Equal(Hits, (await rest.ResultAsync("/query", new[] { query })).GetRawText());
        Assert.Equal($"[{Hits},{Hits}]", (await rest.ResultAsync("/query", new[] { query, query })).GetRawText());
    }

    [Fact]
    public async Task Namespaces_are_apart()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert/ada", new { id = "a", vector = new[] { 1, 0, 0 } });
        await rest.ResultAsync("/upsert/bob", new { id = "b", vector = new[] { 1, 0, 0 } });
        Assert.Equal(["a"], await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }, "/query/ada"));
        Assert.Empty(await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }));
        Assert.Empty(await FindAsync(rest, new { vector = new[] { 1, 0, 0 } }, "/query/nobody"));
        Assert.Equal("""["","ada","bob"]""", (await rest.ResultAsync("/list-namespaces", new { })).GetRawText());
        Assert.Equal((200, """{"result":"Success"}"""), await rest.PostAsync("/delete-namespace/ada", new { }));
        Assert.Equal(404, (await rest.PostAsync("/delete-namespace/ada", new { })).Status);
        Assert.Equal(["", "bob"], fake.Namespaces);
        await rest.ResultAsync("/reset/bob", new { });
        Assert.Empty(fake.Ids("bob"));
        await rest.ResultAsync("/upsert/bob", new { id = "b", vector = new[] { 1, 0, 0 } });
        await rest.ResultAsync("/reset?all", new { });
        Assert.Equal([""], fake.Namespaces);
    }

    [Fact]
    public async Task An_update_changes_what_it_names()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 }, metadata = new { x = 1, y = new { z = 2, w = 3 } }, data = "text" });
        Assert.Equal("""{"updated":0}""", (await rest.ResultAsync("/update", new { id = "b", data = "other" })).GetRawText());
        await rest.SendAsync(HttpMethod.Post, "/update", """{"id":"a","metadata":{"x":null,"y":{"w":4},"v":[5]},"metadataUpdateMode":"PATCH"}""");
        var shown = new { ids = new[] { "a" }, includeMetadata = true, includeData = true };
        Assert.Equal("""[{"id":"a","metadata":{"y":{"z":2,"w":4},"v":[5]},"data":"text"}]""", (await rest.ResultAsync("/fetch", shown)).GetRawText());
        Assert.Equal("""{"updated":1}""", (await rest.ResultAsync("/update", new { id = "a", metadata = new { x = 9 }, vector = new[] { 0, 1, 0 } })).GetRawText());
        Assert.Equal("""[{"id":"a","metadata":{"x":9},"data":"text"}]""", (await rest.ResultAsync("/fetch", shown)).GetRawText());
    }

    [Fact]
    public async Task A_range_goes_through_everything_page_by_page()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", Enumerable.Range(0, 25).Select(i => new { id = $"id{i:00}", vector = new[] { 1, i, 0 } }));
        List<string> ids = [];
        var cursor = "0";
        do
        {
            var page = await rest.ResultAsync("/range", new { cursor, limit = 10 });
            ids.AddRange(page.GetProperty("vectors").EnumerateArray().Select(vector => vector.GetProperty("id").GetString()!));
            cursor = page.GetProperty("nextCursor").GetString()!;
            await rest.ResultAsync("/delete", new { ids = ids.ToArray() }); // what was seen can go meanwhile
        }
        while (cursor.Length > 0);

        Assert.Equal(Enumerable.Range(0, 25).Select(i => $"id{i:00}"), ids);
    }

    [Fact]
    public async Task Prefixes_and_filters_delete_and_fetch()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", Enumerable.Range(0, 6).Select(i => new { id = $"{"ab"[i % 2]}{i}", vector = new[] { 1, i, 0 }, metadata = new { i } }));
        Assert.Equal("""[{"id":"a0"},{"id":"a2"},{"id":"a4"}]""", (await rest.ResultAsync("/fetch", new { prefix = "a" })).GetRawText());
        Assert.Equal("""{"nextCursor":"","vectors":[{"id":"b1"},{"id":"b3"},{"id":"b5"}]}""", (await rest.ResultAsync("/range", new { cursor = "0", limit = 10, prefix = "b" })).GetRawText());
        Assert.Equal("""{"deleted":2}""", (await rest.ResultAsync("/delete", new { filter = "i >= 4" })).GetRawText());
        Assert.Equal("""{"deleted":2}""", (await rest.ResultAsync("/delete", new { prefix = "b" })).GetRawText());
        Assert.Equal(["a0", "a2"], fake.Ids());
    }

    [Fact]
    public async Task A_filter_that_chooses_few_finds_less_than_it_was_asked_for()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero, FilterBudget = 50 });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", Enumerable.Range(0, 200).Select(i => new { id = $"{i}", vector = new[] { 1, i / 100.0, 0 }, metadata = new { i } }));
        Assert.Equal(["20", "40"], await FindAsync(rest, new { vector = new[] { 1, 0, 0 }, topK = 10, filter = "i IN (20, 40, 60, 80)" }));
        Assert.Equal(200, (await FindAsync(rest, new { vector = new[] { 1, 0, 0 }, topK = 1000 })).Count);
    }

    [Fact]
    public async Task Info_describes_the_index()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { Dimensions = 2, Similarity = VectorSimilarity.Euclidean });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert/ns", new { id = "a", vector = new[] { 1, 0 } });
        fake.Index();
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0 } });
        var (_, body) = await rest.SendAsync(HttpMethod.Get, "/info");
        Assert.Equal(
            """{"result":{"vectorCount":1,"pendingVectorCount":1,"indexSize":16,"dimension":2,"similarityFunction":"EUCLIDEAN","indexType":"DENSE","denseIndex":{"dimension":2,"similarityFunction":"EUCLIDEAN","embeddingModel":""},"namespaces":{"":{"vectorCount":0,"pendingVectorCount":1},"ns":{"vectorCount":1,"pendingVectorCount":0}}}}""",
            body);
    }

    private static async Task<List<string>> FindAsync(Rest rest, object query, string path = "/query") =>
        [.. (await rest.ResultAsync(path, query)).EnumerateArray().Select(hit => hit.GetProperty("id").GetString()!)];

    private static async Task<(int Vectors, int Pending)> CountsAsync(Rest rest)
    {
        var info = await rest.ResultAsync("/info", new { });
        return (info.GetProperty("vectorCount").GetInt32(), info.GetProperty("pendingVectorCount").GetInt32());
    }
}
