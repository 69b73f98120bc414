namespace Memory.Http.Tests;

public abstract class WorkingMemoryTests(Api api)
{
    protected Api Api { get; } = api;

    protected abstract Task<string> NewOwnerAsync();

    [Theory]
    [InlineData("application/json", "{ \"name\":\"Ada\",  \"n\":1.0 }", "application/json")]
    [InlineData("application/json; charset=utf-8", "[1, 2]", "application/json")]
    [InlineData("application/json", "null", "application/json")]
    [InlineData("text/plain", "line 1\n\"line\" 2 ✓ 漢字 🦦\r\n", "text/plain")]
    [InlineData("text/plain; charset=UTF-8", "", "text/plain")]
    [InlineData("text/markdown", "# Notes\n\n* one", "text/plain")]
    public async Task A_document_comes_back_as_it_was_put(string type, string document, string answeredAs)
    {
        var path = await NewOwnerAsync();
        var put = (await Api.PutAsync(path, document, type)).Is(200);
        Assert.Equal(document, put.Body);
        var get = (await Api.GetAsync(path)).Is(200);
        Assert.Equal(document, get.Body);
        Assert.Equal(answeredAs, get.Header("Content-Type")?.Split(';')[0]);
        Assert.Matches("^\"[0-9]+\"$", get.Header("ETag"));
        Assert.Equal(put.Header("ETag"), get.Header("ETag"));
    }

    [Fact]
    public async Task A_merge_changes_members_removes_nulls_and_starts_from_nothing()
    {
        var path = await NewOwnerAsync();
        Assert.Equal("""{"a":{"b":1}}""", (await Api.PatchAsync(path, """{"a":{"b":1,"c":null}}""")).Is(200).Body);
        Assert.Equal("""{"a":{"b":1},"d":[1,null]}""", (await Api.SendTextAsync("PATCH", path, """{"d":[1,null]}""", "application/merge-patch+json")).Is(200).Body);
        Assert.Equal("""{"d":[1,null]}""", (await Api.PatchAsync(path, """{"a":null,"x":null}""")).Is(200).Body);
        Assert.Equal("""{"d":[1,null]}""", (await Api.GetAsync(path)).Is(200).Body);
    }

    [Fact]
    public async Task A_text_cannot_be_merged()
    {
        var path = await NewOwnerAsync();
        (await Api.PutAsync(path, "text", "text/plain")).Is(200);
        (await Api.PatchAsync(path, "{}")).IsProblem(415, "unsupported_media_type");
        (await Api.PutAsync(path, "<p/>", "text/html")).IsProblem(415, "unsupported_media_type");
        Assert.Equal("text", (await Api.GetAsync(path)).Is(200).Body);
    }

    [Fact]
    public async Task What_is_not_there_is_404()
    {
        var path = await NewOwnerAsync();
        (await Api.GetAsync(path)).IsProblem(404, "working_memory_not_found");
        (await Api.DeleteAsync(path)).IsProblem(404, "working_memory_not_found");
        (await Api.PutAsync(path, "x", "text/plain")).Is(200);
        (await Api.DeleteAsync(path)).Is(204);
        (await Api.GetAsync(path)).IsProblem(404, "working_memory_not_found");
    }

    [Fact]
    public async Task Conditions_hold_for_every_write()
    {
        var path = await NewOwnerAsync();
        (await Api.PutAsync(path, "1", Api.Json, ("If-Match", "*"))).IsProblem(412, "precondition_failed");
        (await Api.PatchAsync(path, "{}", ("If-Match", "\"1\""))).IsProblem(412, "precondition_failed");
        var first = (await Api.PutAsync(path, """{"v":1}""", Api.Json, ("If-None-Match", "*"))).Is(200).Header("ETag")!;
        (await Api.PutAsync(path, """{"v":2}""", Api.Json, ("If-None-Match", "*"))).IsProblem(412, "precondition_failed");
        var second = (await Api.PutAsync(path, """{"v":2}""", Api.Json, ("If-Match", first))).Is(200).Header("ETag")!;
        (await Api.PutAsync(path, """{"v":3}""", Api.Json, ("If-Match", first))).IsProblem(412, "precondition_failed");
        (await Api.PatchAsync(path, """{"v":3}""", ("If-Match", first))).IsProblem(412, "precondition_failed");
        (await Api.DeleteAsync(path, ("If-Match", first))).IsProblem(412, "precondition_failed");
        (await Api.PutAsync(path, "x", "text/plain", ("If-Match", "nonsense"))).IsProblem(412, "precondition_failed");
        Assert.Equal("""{"v":2}""", (await Api.GetAsync(path)).Is(200).Body);
        (await Api.GetAsync(path, ("If-None-Match", second))).Is(304);
        (await Api.GetAsync(path, ("If-None-Match", first))).Is(200);
        var third = (await Api.PatchAsync(path, """{"w":1}""", ("If-Match", second))).Is(200).Header("ETag")!;
        (await Api.DeleteAsync(path, ("If-Match", third))).Is(204);
    }

    [Fact]
    public async Task Concurrent_merges_lose_nothing()
    {
        var path = await NewOwnerAsync();
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i => (await Api.PatchAsync(path, $$"""{"k{{i}}":{{i}}}""")).Is(200)));
        Assert.Equal(16, (await Api.GetAsync(path)).Is(200).Json.EnumerateObject().Count());
    }

    [Fact]
    public async Task A_document_larger_than_256_KiB_is_refused_however_it_comes_about()
    {
        var path = await NewOwnerAsync();
        (await Api.PutAsync(path, new string('x', (256 * 1024) + 1), "text/plain")).IsProblem(413, "payload_too_large");
        (await Api.PutAsync(path, new string('x', 256 * 1024), "text/plain")).Is(200);
        var half = new string('x', 150 * 1024);
        (await Api.PutAsync(path, $$"""{"a":"{{half}}"}""", Api.Json)).Is(200);
        (await Api.PatchAsync(path, $$"""{"b":"{{half}}"}""")).IsProblem(413, "payload_too_large");
        Assert.Equal("a", Reply.Shape((await Api.GetAsync(path)).Json));
    }
}

public sealed class ThreadWorkingMemoryTests(Api api) : WorkingMemoryTests(api), IClassFixture<Api>
{
    [Fact]
    public async Task A_missing_thread_is_not_made_by_its_working_memory()
    {
        var path = $"/v1/threads/{Http.Tests.Api.NewId("ghost")}/working-memory";
        (await Api.PutAsync(path, "x", "text/plain")).IsProblem(404, "thread_not_found");
        (await Api.PatchAsync(path, "{}")).IsProblem(404, "thread_not_found");
        (await Api.GetAsync(path)).IsProblem(404, "thread_not_found");
    }

    protected override async Task<string> NewOwnerAsync() => $"/v1/threads/{await Api.NewThreadAsync(Http.Tests.Api.NewId("resource"))}/working-memory";
}

public sealed class ResourceWorkingMemoryTests(Api api) : WorkingMemoryTests(api), IClassFixture<Api>
{
    protected override Task<string> NewOwnerAsync() => Task.FromResult($"/v1/resources/{Http.Tests.Api.NewId("resource")}/working-memory");
}
