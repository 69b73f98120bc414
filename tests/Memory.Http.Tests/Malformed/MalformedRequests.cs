using System.Collections.Concurrent;

namespace Memory.Http.Tests.Malformed;

public sealed class MalformedRequests(Api api, ITestOutputHelper output) : IClassFixture<Api>
{
    [Fact]
    public async Task Each_gets_its_documented_refusal_and_changes_nothing()
    {
        var seed = new Seed(api);
        await seed.WriteAsync();
        var random = new Random(20_300_131);
        List<BadRequest> requests = [.. BadJson.All(seed.Routes, random), .. BadFields.All(seed.Routes), .. BadAddresses.All(seed, await CursorsAsync(seed), random)];
        if (api.IsBehindRouter)
        {
            requests.RemoveAll(IsRouters);
        }

        Assert.True(requests.Count >= 1_000, $"{requests.Count}");
        var before = await seed.DumpAsync();

        var failures = new ConcurrentQueue<string>();
        await Parallel.ForEachAsync(requests, TestContext.Current.CancellationToken, async (request, _) =>
        {
            if (await ProblemAsync(request) is { } problem)
            {
                failures.Enqueue($"{request}\n    {problem}");
            }
        });

        output.WriteLine($"{requests.Count} malformed requests");
        Assert.True(failures.IsEmpty, $"{failures.Count} of {requests.Count} were answered otherwise:\n{string.Join('\n', failures.Take(60))}");
        Assert.Equal(before, await seed.DumpAsync());
    }

    // What a router in front answers itself, or hands on decoded: no route, and what is no percent-encoding.
    private static bool IsRouters(BadRequest request) =>
        request.Code == "route_not_found" || Uri.UnescapeDataString(request.Path.Split('?')[0]).Contains('%', StringComparison.Ordinal);

    // Good cursors, of other listings than those they will be given to.
    private async Task<string[]> CursorsAsync(Seed seed)
    {
        var byUpdate = await api.GetAsync($"/v1/threads?resourceId={seed.Resource}&limit=1&orderBy=updatedAt");
        var backward = await api.GetAsync($"/v1/threads/{seed.Thread}/messages?limit=1&direction=desc");
        return [.. new[] { byUpdate, backward }.Select(page => page.Is(200).Json.GetProperty("nextCursor").GetString()!)];
    }

    private async Task<string?> ProblemAsync(BadRequest request)
    {
        var reply = await api.SendAsync(request.Method, request.Path, request.Content(), request.Type, request.Headers);
        var found = $"{reply.Status} {reply.Header("Content-Type")} {(reply.Body.Length > 300 ? reply.Body[..300] : reply.Body)}";
        if (reply.Status != request.Status || reply.Header("Content-Type")?.StartsWith("application/problem+json", StringComparison.Ordinal) != true || reply.Code != request.Code)
        {
            return $"expected {request.Status} {request.Code}, got {found}";
        }

        return request.At is { } at && !(reply.Json.TryGetProperty("errors", out var errors) && errors.TryGetProperty(at, out _)) ? $"expected an error at {at}, got {found}" : null;
    }
}
