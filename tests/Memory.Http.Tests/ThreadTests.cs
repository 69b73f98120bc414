namespace Memory.Http.Tests;

public sealed class ThreadTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task A_created_thread_is_answered_with_its_address_and_tag()
    {
        var id = Api.NewId("thread");
        var created = (await api.PostAsync("/v1/threads", $$$"""{"id":"{{{id}}}","resourceId":"{{{resource}}}","title":"Trip","metadata":{"n":1.50}}""")).Is(201);
        Assert.Equal($"/v1/threads/{id}", created.Header("Location"));
        Assert.Matches("^\"[0-9]+\"$", created.Header("ETag"));
        Assert.Equal("application/json", created.Header("Content-Type")?.Split(';')[0]);
        Assert.Equal("id resourceId title metadata createdAt updatedAt lastPosition messageCount", Reply.Shape(created.Json));
        Assert.Contains("\"metadata\":{\"n\":1.50}", created.Body, StringComparison.Ordinal);
        var read = (await api.GetAsync($"/v1/threads/{id}")).Is(200);
        Assert.Equal(created.Body, read.Body);
        Assert.Equal(created.Header("ETag"), read.Header("ETag"));
    }

    [Fact]
    public async Task A_thread_without_an_id_gets_a_uuid_of_version_7()
    {
        var created = (await api.PostAsync("/v1/threads", $$"""{"resourceId":"{{resource}}"}""")).Is(201).Json;
        Assert.Equal(7, Guid.Parse(created.GetProperty("id").GetString()!).Version);
        Assert.Equal("id resourceId createdAt updatedAt lastPosition messageCount", Reply.Shape(created));
        Assert.Equal(0, created.GetProperty("lastPosition").GetInt64());
        Assert.Equal(0, created.GetProperty("messageCount").GetInt64());
    }

    [Fact]
    public async Task A_taken_id_is_refused_for_whoever_asks()
    {
        var id = await api.NewThreadAsync(resource);
        (await api.PostAsync("/v1/threads", $$"""{"id":"{{id}}","resourceId":"{{resource}}"}""")).IsProblem(409, "already_exists");
        (await api.PostAsync("/v1/threads", $$"""{"id":"{{id}}","resourceId":"{{Api.NewId("other")}}"}""")).IsProblem(409, "already_exists");
    }

    [Fact]
    public async Task A_patch_merges_metadata_and_replaces_the_title()
    {
        var id = Api.NewId("thread");
        await api.PostAsync("/v1/threads", $$$$"""{"id":"{{{{id}}}}","resourceId":"{{{{resource}}}}","title":"old","metadata":{"keep":1,"drop":2,"deep":{"a":1,"b":2}}}""");
        var patched = (await api.PatchAsync($"/v1/threads/{id}", """{"title":"new","metadata":{"drop":null,"add":"x","deep":{"b":null}}}""")).Is(200).Json;
        Assert.Equal("new", patched.GetProperty("title").GetString());
        Assert.Equal(["add", "deep", "keep"], patched.GetProperty("metadata").EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal("x", patched.GetProperty("metadata").GetProperty("add").GetString());
        Assert.Equal("a", Reply.Shape(patched.GetProperty("metadata").GetProperty("deep")));

        var cleared = (await api.PatchAsync($"/v1/threads/{id}", """{"title":null,"metadata":null}""")).Is(200).Json;
        Assert.Equal("id resourceId createdAt updatedAt lastPosition messageCount", Reply.Shape(cleared));
    }

    [Fact]
    public async Task A_patch_may_be_sent_as_merge_patch_json()
    {
        var id = await api.NewThreadAsync(resource);
        var patched = (await api.SendTextAsync("PATCH", $"/v1/threads/{id}", """{"title":"T"}""", "application/merge-patch+json; charset=UTF-8")).Is(200);
        Assert.Equal("T", patched.Json.GetProperty("title").GetString());
    }

    [Fact]
    public async Task A_merge_keeps_metadata_whose_member_stands_twice()
    {
        var id = Api.NewId("thread");
        var created = await api.PostAsync("/v1/threads", $$$"""{"id":"{{{id}}}","resourceId":"{{{resource}}}","metadata":{"a":1,"a":2}}""");
        if (created.Status == 400)
        {
            return; // refused from the start is as good
        }

        (await api.PatchAsync($"/v1/threads/{id}", """{"metadata":{"b":3}}""")).Is(200);
    }

    [Fact]
    public async Task A_deleted_thread_is_gone_with_its_messages_and_working_memory()
    {
        var id = await api.NewThreadAsync(resource, "one", "two");
        (await api.PutAsync($"/v1/threads/{id}/working-memory", "notes", "text/plain")).Is(200);
        var deleted = (await api.DeleteAsync($"/v1/threads/{id}")).Is(204);
        Assert.Equal("", deleted.Body);
        (await api.GetAsync($"/v1/threads/{id}")).IsProblem(404, "thread_not_found");
        (await api.GetAsync($"/v1/threads/{id}/messages")).IsProblem(404, "thread_not_found");
        (await api.GetAsync($"/v1/threads/{id}/working-memory")).IsProblem(404, "thread_not_found");
        (await api.DeleteAsync($"/v1/threads/{id}")).IsProblem(404, "thread_not_found");
        (await api.PatchAsync($"/v1/threads/{id}", "{}")).IsProblem(404, "thread_not_found");
    }

    [Fact]
    public async Task A_deleted_threads_id_can_be_used_again_and_starts_empty()
    {
        var id = await api.NewThreadAsync(resource, "one");
        var tag = (await api.GetAsync($"/v1/threads/{id}")).Header("ETag");
        (await api.DeleteAsync($"/v1/threads/{id}")).Is(204);
        var created = (await api.PostAsync("/v1/threads", $$"""{"id":"{{id}}","resourceId":"{{resource}}"}""")).Is(201);
        Assert.NotEqual(tag, created.Header("ETag"));
        Assert.Empty((await api.GetAsync($"/v1/threads/{id}/messages")).Is(200).Items());
    }

    [Fact]
    public async Task Title_and_metadata_are_checked_and_named_together()
    {
        var title = new string('t', 1_001);
        (await api.PostAsync("/v1/threads", $$"""{"resourceId":"","title":"{{title}}","metadata":[]}""")).IsInvalid("$.resourceId", "$.title", "$.metadata");
        (await api.PostAsync("/v1/threads", "{}")).IsInvalid("$.resourceId");
    }
}
