namespace Memory.Http.Tests;

public sealed class ServiceRouteTests(Api api) : IClassFixture<Api>
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    public async Task Health_is_ok(string path) => Assert.Equal("""{"status":"ok"}""", (await api.GetAsync(path)).Is(200).Body);

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/openapi/v1.json")]
    [InlineData("/v1/resources")]
    public async Task A_route_that_can_be_got_can_be_asked_for_its_headers(string path)
    {
        var reply = await api.SendTextAsync("HEAD", path, null, null);
        if (!api.IsOwn && reply.Status == 404)
        {
            return; // a host that answers only the methods it lists
        }

        reply.Is(200);
        Assert.Equal("", reply.Body);
        Assert.Equal("application/json", reply.Header("Content-Type")?.Split(';')[0]);
    }

    [Fact]
    public async Task The_description_of_the_api_is_openapi()
    {
        var description = (await api.GetAsync("/openapi/v1.json")).Is(200);
        Assert.Equal("application/json", description.Header("Content-Type")?.Split(';')[0]);
        Assert.StartsWith("3.", description.Json.GetProperty("openapi").GetString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET", "/")]
    [InlineData("GET", "/v1")]
    [InlineData("GET", "/v2/threads")]
    [InlineData("GET", "/v1/nothing")]
    [InlineData("POST", "/v1/threads/x/nothing")]
    [InlineData("GET", "/v1/threads/x/messages/y/z")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/v1/threads//messages")]
    public async Task An_unknown_route_is_a_problem(string method, string path)
    {
        var reply = (await api.SendTextAsync(method, path, null, null)).Is(404);
        if (!api.IsBehindRouter)
        {
            reply.IsProblem(404, "route_not_found");
        }
    }

    [Theory]
    [InlineData("PUT", "/v1/threads", "GET, HEAD, POST")]
    [InlineData("POST", "/v1/threads/x", "GET, HEAD, DELETE, PATCH")]
    [InlineData("GET", "/v1/threads/x/messages/y", "DELETE, PATCH")]
    [InlineData("GET", "/v1/resources/x", "DELETE")]
    [InlineData("DELETE", "/v1/operations/x", "GET, HEAD")]
    [InlineData("POST", "/health/live", "GET, HEAD")]
    public async Task A_method_that_a_route_does_not_have_is_a_problem(string method, string path, string allowed)
    {
        var reply = await api.SendTextAsync(method, path, null, null);
        if (!api.IsOwn && reply.Status == 404)
        {
            return; // a host whose router takes method and path together
        }

        reply.IsProblem(405, "method_not_allowed");
        Assert.Equal(allowed.Split(", ").Order(), reply.Header("Allow")?.Split(", ").Order());
    }
}
