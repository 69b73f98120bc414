using Microsoft.Extensions.Time.Testing;

namespace Memory.Fakes.Tests;

public sealed class VectorRefusalTests
{
    [Theory]
    [InlineData("/upsert", """{"id":"a","vector":[1,0]}""", "Invalid vector dimension: 2, expected: 3")]
    [InlineData("/upsert", """[{"id":"a","vector":[1,0,0]},{"id":"b","vector":[1,0,0,0]}]""", "Invalid vector dimension: 4, expected: 3")]
    [InlineData("/query", """{"vector":[1,0]}""", "Invalid vector dimension: 2, expected: 3")]
    [InlineData("/query", """{"vector":[1,0,0],"topK":0}""", "topK must be between 1 and 1000")]
    [InlineData("/query", """{"vector":[1,0,0],"topK":1001}""", "topK must be between 1 and 1000")]
    [InlineData("/query", """[{"vector":[1,0,0],"topK":600},{"vector":[1,0,0],"topK":600}]""", "topK must be between 1 and 1000")]
    [InlineData("/query", "{}", "vector is required")]
    [InlineData("/query", """{"vector":[1,0,0],"filter":"a ="}""", "Invalid filter: expected a literal at word 4")]
    [InlineData("/upsert", """{"vector":[1,0,0]}""", "id is required")]
    [InlineData("/upsert", """{"id":"a"}""", "vector is required")]
    [InlineData("/upsert", """{"id":"a","vector":["1",0,0]}""", "vector must be an array of numbers")]
    [InlineData("/upsert", """{"id":"a","vector":[0,0,0]}""", "A vector of zeros has no cosine")]
    [InlineData("/upsert", """{"id":"a","sparseVector":{"indices":[1],"values":[1]}}""", "This is a dense index")]
    [InlineData("/upsert", "[]", "Between 1 and 1000 vectors can be written at once")]
    [InlineData("/upsert", """{"id":"a","vector":[1,0,0],"metadata":"text"}""", "metadata must be an object")]
    [InlineData("/upsert-data", """{"id":"a","data":"text"}""", "This index has no embedding model")]
    [InlineData("/range", """{"cursor":"0","limit":1001}""", "limit must be between 1 and 1000")]
    [InlineData("/range", """{"cursor":"x","limit":10}""", "Invalid cursor")]
    [InlineData("/delete", "{}", "ids, prefix or filter is required")]
    public async Task A_bad_request_is_refused_and_changes_nothing(string path, string body, string error)
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        Assert.Equal((422, $$"""{"error":"{{error}}","status":422}"""), await rest.SendAsync(HttpMethod.Post, path, body));
        Assert.Empty(fake.Ids());
        Assert.Equal(0, fake.Billed);
    }

    [Fact]
    public async Task What_is_no_JSON_or_no_path_is_refused()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        Assert.Equal(400, (await rest.SendAsync(HttpMethod.Post, "/upsert", "{")).Status);
        Assert.Equal(404, (await rest.SendAsync(HttpMethod.Post, "/nothing", "{}")).Status);
    }

    [Fact]
    public async Task Sizes_have_limits()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        int[] vector = [1, 0, 0];
        var most = (48 * 1024) - """{"t":""}""".Length;
        Assert.Equal(200, (await rest.PostAsync("/upsert", new { id = "a", vector, metadata = new { t = new string('x', most) } })).Status);
        Assert.Equal(422, (await rest.PostAsync("/upsert", new { id = "a", vector, metadata = new { t = new string('x', most + 1) } })).Status);
        Assert.Equal(200, (await rest.PostAsync("/upsert", new { id = "a", vector, data = new string('x', 1024 * 1024) })).Status);
        Assert.Equal(422, (await rest.PostAsync("/upsert", new { id = "a", vector, data = new string('x', (1024 * 1024) + 1) })).Status);
        Assert.Equal(200, (await rest.PostAsync("/upsert", Enumerable.Range(0, 1000).Select(i => new { id = $"{i}", vector }))).Status);
        Assert.Equal(422, (await rest.PostAsync("/upsert", Enumerable.Range(0, 1001).Select(i => new { id = $"{i}", vector }))).Status);
        Assert.Equal(422, (await rest.PostAsync("/fetch", new { ids = Enumerable.Range(0, 1001).Select(i => $"{i}") })).Status);
    }

    [Fact]
    public async Task A_product_is_of_unit_vectors()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { Similarity = VectorSimilarity.DotProduct });
        using Rest rest = new(fake);
        Assert.Equal(422, (await rest.PostAsync("/upsert", new { id = "a", vector = new[] { 2, 0, 0 } })).Status);
        Assert.Equal(200, (await rest.PostAsync("/upsert", new { id = "a", vector = new[] { 0.6, 0.8, 0 } })).Status);
    }

    [Theory]
    [InlineData(null, 401, 401)]
    [InlineData("another", 401, 401)]
    [InlineData("reader", 403, 200)]
    public async Task A_token_decides(string? token, int writing, int reading)
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { ReadOnlyToken = "reader" });
        using Rest rest = new(fake, token);
        Assert.Equal(writing, (await rest.PostAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 } })).Status);
        Assert.Equal(writing, (await rest.PostAsync("/delete-namespace/a", new { })).Status);
        Assert.Equal(reading, (await rest.PostAsync("/query", new { vector = new[] { 1, 0, 0 } })).Status);
        Assert.Equal(reading, (await rest.PostAsync("/info", new { })).Status);
        if (token is null)
        {
            Assert.Equal("""{"error":"Unauthorized: Invalid auth token","status":401}""", (await rest.PostAsync("/info", new { })).Body);
        }
    }

    [Fact]
    public async Task The_days_quota_ends_in_403_until_midnight()
    {
        FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 23, 0, 0, TimeSpan.Zero));
        await using var fake = await FakeUpstashVector.StartAsync(new() { DailyWriteLimit = 2, DailyQueryLimit = 1, Clock = clock });
        using Rest rest = new(fake);
        var vectors = new[] { new { id = "a", vector = new[] { 1, 0, 0 } }, new { id = "b", vector = new[] { 1, 0, 0 } } };
        Assert.Equal(200, (await rest.PostAsync("/upsert", vectors)).Status);
        Assert.Equal((403, """{"error":"Exceeded daily write limit: 2","status":403}"""), await rest.PostAsync("/upsert", vectors));
        Assert.Equal(403, (await rest.PostAsync("/delete", new { ids = new[] { "a" } })).Status);
        Assert.Equal(200, (await rest.PostAsync("/fetch", new { ids = new[] { "a" } })).Status);
        Assert.Equal((403, """{"error":"Exceeded daily query limit: 1","status":403}"""), await rest.PostAsync("/fetch", new { ids = new[] { "a" } }));
        clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(200, (await rest.PostAsync("/upsert", vectors)).Status);
        Assert.Equal(200, (await rest.PostAsync("/fetch", new { ids = new[] { "a" } })).Status);
    }

    [Fact]
    public async Task The_log_counts_vectors_and_queries()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert/ns", new[] { new { id = "a", vector = new[] { 1, 0, 0 } }, new { id = "b", vector = new[] { 1, 0, 0 } } });
        await rest.ResultAsync("/query/ns", new { vector = new[] { 1, 0, 0 }, topK = 100 });
        await rest.ResultAsync("/delete/ns", new { ids = new[] { "a" } });
        await rest.ResultAsync("/info", new { });
        Assert.Equal(
            [("/upsert/ns", 2, 2), ("/query/ns", 1, 0), ("/delete/ns", 1, 1), ("/info", 0, 0)],
            fake.Log.Select(request => (request.Path, request.Billed, request.VectorsWritten)));
        Assert.Equal((4, 4), (fake.Requests, fake.Billed));
    }

    [Fact]
    public async Task Faults_are_the_same_as_the_other_services()
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        fake.FailWith(UpstashFault.Answer(429, """{"error":"Too many requests","status":429}""", TimeSpan.FromSeconds(3)), next: 1, when: request => request.Path.StartsWith("/query", StringComparison.Ordinal));
        Assert.Equal(200, (await rest.PostAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 } })).Status);
        Assert.Equal(429, (await rest.PostAsync("/query", new { vector = new[] { 1, 0, 0 } })).Status);
        Assert.Equal(200, (await rest.PostAsync("/query", new { vector = new[] { 1, 0, 0 } })).Status);
        fake.FailWith(UpstashFault.Cut.AfterApplying, next: 1);
        await Assert.ThrowsAsync<HttpRequestException>(() => rest.PostAsync("/upsert", new { id = "b", vector = new[] { 1, 0, 0 } }));
        Assert.Equal(["a", "b"], fake.Ids());
    }
}
