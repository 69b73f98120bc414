using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>The suite over a real Redis, and what is this backend's own.</summary>
public sealed class OperationStoreTests : OperationStoreConformance<UpstashOperationStore>
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private TestServices? services;

    private TestServices Services => services ?? throw new InvalidOperationException("The backend is made before each test.");

    protected override async Task<Backend> CreateAsync()
    {
        services = await TestServices.StartAsync();
        return UpstashBackends.Over(services);
    }

    [Fact]
    public async Task Every_call_is_one_request()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await Operations.FindAsync("o", Token);
        await Operations.ClaimAsync(5, Lease, Now, Token);
        await Operations.FailAsync("o", 1, new OperationError("code", "message"), null, Now, Token);
        await Operations.RedriveAsync("o", Now, Token);
        await Operations.ClaimAsync(5, Lease, Now, Token);
        await Operations.ContinueAsync("o", 1, new RawJson("1"), Now, Now, Token);
        await Operations.ClaimAsync(5, Lease, Now, Token);
        await Operations.CompleteAsync("o", 1, new RawJson("2"), Now, Token);
        await Operations.PurgeAsync(Now.AddDays(1), 5, Token);

        Assert.Equal(10, Services.Redis.Requests);
        Assert.All(Services.Redis.Log, request => Assert.Equal(200, request.Status));
        Assert.Equal(["on"], await Services.KeysAsync());
    }

    [Fact]
    public async Task An_operation_without_a_resource_is_its_threads()
    {
        await RunAsync("HSET", $"{Services.Prefix}:h:t", "r", "ada");

        var accepted = await Operations.AcceptAsync(Drafts.Operation("o", Now, "t", resourceId: null), Token);

        Assert.Equal("ada", accepted.ResourceId);
        Assert.Equal(accepted, await Operations.FindAsync("o", Token));
        Assert.Contains("or:ada", await Services.KeysAsync());
    }

    [Fact]
    public async Task Erased_operations_are_passed_over_and_dropped()
    {
        await Operations.AcceptAsync(Drafts.Operation("waiting", Now), Token);
        await Operations.AcceptAsync(Drafts.Operation("failed", Now.AddHours(-1)), Token);
        await Operations.ClaimAsync(1, Lease, Now.AddMinutes(-1), Token);
        await Operations.FailAsync("failed", 1, new OperationError("code", "message"), null, Now, Token);
        await Operations.AcceptAsync(Drafts.Operation("other", Now, resourceId: "other"), Token);
        await RunAsync("DEL", $"{Services.Prefix}:o:waiting", $"{Services.Prefix}:o:failed", $"{Services.Prefix}:or:resource");

        Assert.Equal(["other"], (await Operations.ClaimAsync(5, Lease, Now, Token)).Select(operation => operation.Id));
        await Operations.AcceptAsync(Drafts.Operation("later", Now.AddSeconds(-1), resourceId: "other"), Token);
        await Operations.ClaimAsync(1, Lease, Now, Token);
        await Operations.FailAsync("later", 1, new OperationError("code", "message"), null, Now.AddHours(1), Token);
        Assert.Equal(["later"], (await Operations.ListFailedAsync(1, Token)).Select(operation => operation.Id));
        Assert.False(await Operations.RedriveAsync("failed", Now, Token));
        await RunAsync("DEL", $"{Services.Prefix}:o:later", $"{Services.Prefix}:or:other");
        Assert.Empty(await Operations.ListFailedAsync(5, Token));
        Assert.True(await Operations.CompleteAsync("other", 1, new RawJson("1"), Now, Token));
        Assert.False(await Operations.CompleteAsync("later", 1, new RawJson("1"), Now, Token));
        Assert.Equal(1, await Operations.PurgeAsync(Now.AddDays(1), 5, Token));
        Assert.Equal(["on"], await Services.KeysAsync());
    }

    [Fact]
    public async Task An_id_that_was_erased_and_accepted_anew_is_claimed_once()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await RunAsync("DEL", $"{Services.Prefix}:o:o", $"{Services.Prefix}:or:resource");
        await Operations.AcceptAsync(Drafts.Operation("o", Now, payload: "[2]"), Token);

        Assert.Equal("[2]", Assert.Single(await Operations.ClaimAsync(5, Lease, Now, Token)).Payload?.Text);
    }

    [Fact]
    public async Task Large_payloads_are_claimed_and_listed_in_several_answers()
    {
        var payload = $"\"{new string('x', 900_000)}\"";
        var store = new UpstashOperationStore(Services.Connect(options => options.MaxCommandBytes = 4_000_000));
        for (var number = 0; number < 5; number++)
        {
            await store.AcceptAsync(Drafts.Operation($"o{number}", Now, payload: payload), Token);
        }

        List<Operation> claimed = [];
        while (await store.ClaimAsync(10, Lease, Now, Token) is { Count: > 0 } some)
        {
            Assert.InRange(some.Count, 1, 2);
            claimed.AddRange(some);
        }

        Assert.Equal(["o0", "o1", "o2", "o3", "o4"], claimed.Select(operation => operation.Id));
        foreach (var operation in claimed)
        {
            Assert.True(await store.FailAsync(operation.Id, 1, new OperationError("code", "message"), null, Now, Token));
        }

        Assert.Equal(claimed.Select(operation => operation.Id), (await store.ListFailedAsync(10, Token)).Select(operation => operation.Id));
        Assert.All(Services.Redis.Log, request => Assert.InRange(request.ResponseBytes, 0, 4_000_000));
    }

    private Task RunAsync(params string[] command) => Services.Services.Redis.CommandAsync("prepare a test", command, _ => 0, Token);
}
