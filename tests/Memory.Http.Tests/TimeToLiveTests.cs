namespace Memory.Http.Tests;

/// <summary>A thread's own time to live.</summary>
public sealed class TimeToLiveTests(Api api) : IClassFixture<Api>
{
    [Fact]
    public async Task It_is_set_changed_cloned_and_taken_away()
    {
        var (id, clone) = (Api.NewId("thread"), Api.NewId("clone"));
        Assert.Equal(3_600, Seconds(await api.PostAsync("/v1/threads", $$"""{"id":"{{id}}","resourceId":"{{Api.NewId("r")}}","ttlSeconds":3600}""")));
        Assert.Equal(86_400, Seconds(await api.PatchAsync($"/v1/threads/{id}", """{"ttlSeconds":86400}""")));
        Assert.Equal(86_400, Seconds(await api.PatchAsync($"/v1/threads/{id}", """{"title":"kept"}""")));
        Assert.Equal(86_400, Seconds(await api.PostAsync($"/v1/threads/{id}/clone", $$"""{"id":"{{clone}}"}""")));
        Assert.Null(Seconds(await api.PatchAsync($"/v1/threads/{id}", """{"ttlSeconds":null}""")));
        Assert.Null(Seconds(await api.GetAsync($"/v1/threads/{id}")));
        Assert.Equal(86_400, Seconds(await api.GetAsync($"/v1/threads/{clone}")));
    }

    [Theory]
    [InlineData("59")]
    [InlineData("-1")]
    [InlineData("315360001")]
    [InlineData("1.5")]
    [InlineData("\"3600\"")]
    public async Task A_wrong_one_is_refused_and_nothing_is_changed(string seconds)
    {
        var id = await api.NewThreadAsync(Api.NewId("r"));
        (await api.PatchAsync($"/v1/threads/{id}", $$"""{"title":"new","ttlSeconds":{{seconds}}}""")).IsInvalid("$.ttlSeconds");
        Assert.False((await api.GetAsync($"/v1/threads/{id}")).Is(200).Json.TryGetProperty("title", out _));
        (await api.PostAsync("/v1/threads", $$"""{"resourceId":"r","ttlSeconds":{{seconds}}}""")).IsInvalid("$.ttlSeconds");
    }

    private static long? Seconds(Reply reply) => (reply.Status is 200 or 201 ? reply : reply.Is(200)).Json.TryGetProperty("ttlSeconds", out var seconds) ? seconds.GetInt64() : null;
}
