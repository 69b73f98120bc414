namespace Memory.Http.Tests;

public sealed class ThreadConditionTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Theory]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task A_write_on_the_current_version_goes_through_and_on_a_stale_one_does_not(string method)
    {
        var id = await api.NewThreadAsync(resource);
        var stale = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag")!;
        var current = (await api.PatchAsync($"/v1/threads/{id}", """{"title":"x"}""")).Is(200).Header("ETag")!;
        Assert.NotEqual(stale, current);

        (await WriteAsync(method, id, stale)).IsProblem(412, "precondition_failed");
        var read = (await api.GetAsync($"/v1/threads/{id}")).Is(200);
        Assert.Equal(current, read.Header("ETag"));
        Assert.Equal("x", read.Json.GetProperty("title").GetString());
        Assert.InRange((await WriteAsync(method, id, $"{stale}, {current}")).Status, 200, 204);
    }

    [Theory]
    [InlineData("PATCH")]
    [InlineData("DELETE")]
    public async Task A_star_means_any_existing_version(string method)
    {
        (await WriteAsync(method, Api.NewId("ghost"), "*")).IsProblem(404, "thread_not_found");
        var id = await api.NewThreadAsync(resource);
        Assert.InRange((await WriteAsync(method, id, "*")).Status, 200, 204);
    }

    [Theory]
    [InlineData("\"nonsense\"")]
    [InlineData("nonsense")]
    [InlineData("\"\"")]
    [InlineData("\"-1\"")]
    public async Task A_tag_that_was_never_given_matches_nothing(string tag)
    {
        var id = await api.NewThreadAsync(resource);
        (await WriteAsync("PATCH", id, tag)).IsProblem(412, "precondition_failed");
        (await WriteAsync("DELETE", id, tag)).IsProblem(412, "precondition_failed");
    }

    [Fact]
    public async Task A_weak_tag_does_not_match_for_a_write()
    {
        var id = await api.NewThreadAsync(resource);
        var tag = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag")!;
        (await WriteAsync("PATCH", id, $"W/{tag}")).IsProblem(412, "precondition_failed");
    }

    [Fact]
    public async Task Messages_do_not_change_a_threads_tag()
    {
        var id = await api.NewThreadAsync(resource);
        var tag = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag")!;
        await api.AppendAsync(id, "hello");
        (await WriteAsync("PATCH", id, tag)).Is(200);
    }

    [Fact]
    public async Task A_reader_that_has_the_version_gets_304()
    {
        var id = await api.NewThreadAsync(resource);
        var tag = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag")!;
        foreach (var known in new[] { tag, $"W/{tag}", "*", $"\"1\", {tag}" })
        {
            var reply = (await api.GetAsync($"/v1/threads/{id}", ("If-None-Match", known))).Is(304);
            Assert.Equal("", reply.Body);
            Assert.Equal(tag, reply.Header("ETag"));
        }

        (await api.GetAsync($"/v1/threads/{id}", ("If-None-Match", "\"1\""))).Is(200);
        (await api.PatchAsync($"/v1/threads/{id}", """{"title":"changed"}""")).Is(200);
        (await api.GetAsync($"/v1/threads/{id}", ("If-None-Match", tag))).Is(200);
    }

    [Fact]
    public async Task Of_two_writers_with_the_same_tag_one_wins()
    {
        var id = await api.NewThreadAsync(resource);
        for (var round = 0; round < 10; round++)
        {
            var tag = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag")!;
            var replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer =>
                api.PatchAsync($"/v1/threads/{id}", $$"""{"title":"{{writer}}"}""", ("If-Match", tag))));
            Assert.Single(replies, reply => reply.Status == 200);
            Assert.All(replies.Where(reply => reply.Status != 200), reply => reply.IsProblem(412, "precondition_failed"));
        }
    }

    private Task<Reply> WriteAsync(string method, string id, string tag) =>
        api.SendTextAsync(method, $"/v1/threads/{id}", method == "PATCH" ? """{"title":"y"}""" : null, method == "PATCH" ? Api.Json : null, ("If-Match", tag));
}
