using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>Operations while Redis is in trouble: what was lost is sent again and has its effect once; what stays is said clearly.</summary>
public sealed class OperationFaultTests
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly OperationError Reason = new("code", "message");

    public static TheoryData<string> Faults => ["cut", "cut after", "half", "503", "503 after", "429", "hang", "hang after"];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_fault_that_passes_is_not_noticed_and_nothing_happens_twice(string fault)
    {
        await using var services = await TestServices.StartAsync(change: options => options.TimeoutSeconds = 1);
        var store = new UpstashOperationStore(services.Services);
        var faults = 0;
        await store.AcceptAsync(Drafts.Operation("other", Now.AddYears(1)), Token); // so that the fault is not the connection's first request

        await WithAsync(() => store.AcceptAsync(Drafts.Operation("o", Now), Token));
        await store.AcceptAsync(Drafts.Operation("p", Now.AddSeconds(1)), Token);
        Assert.Equal(("o", 1), (await WithAsync(() => ClaimAsync(store))).Of());
        Assert.True(await WithAsync(() => store.FailAsync("o", 1, Reason, null, Now, Token)));
        Assert.Single(await store.ListFailedAsync(5, Token));
        Assert.True(await WithAsync(() => store.RedriveAsync("o", Now, Token)));
        Assert.Equal(("o", 1), (await ClaimAsync(store)).Of());
        Assert.True(await WithAsync(() => store.ContinueAsync("o", 1, new RawJson("1"), Now, Now, Token)));
        Assert.Equal(("o", 1), (await ClaimAsync(store)).Of());
        Assert.True(await WithAsync(() => store.CompleteAsync("o", 1, new RawJson("2"), Now, Token)));
        Assert.Equal("2", (await WithAsync(() => store.FindAsync("o", Token)))?.Result?.Text);
        await WithAsync(() => store.PurgeAsync(Now.AddYears(1), 5, Token));
        Assert.Null(await store.FindAsync("o", Token));
        Assert.NotNull(await store.FindAsync("other", Token));

        Task<T> WithAsync<T>(Func<Task<T>> call)
        {
            Upset.Next(services.Redis, fault, ref faults);
            return call();
        }
    }

    [Fact]
    public async Task Ending_a_claim_again_in_the_same_way_has_ended_it()
    {
        await using var services = await TestServices.StartAsync();
        var store = new UpstashOperationStore(services.Services);
        await store.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimAsync(store);

        Assert.True(await store.CompleteAsync("o", 1, new RawJson("1"), Now, Token));
        Assert.True(await store.CompleteAsync("o", 1, new RawJson("1"), Now, Token));
        Assert.False(await store.CompleteAsync("o", 1, new RawJson("2"), Now, Token));
        Assert.False(await store.FailAsync("o", 1, Reason, null, Now, Token));
    }

    [Theory]
    [InlineData("cut", true)]
    [InlineData("half", true)]
    [InlineData("hang", true)]
    [InlineData("503", true)]
    [InlineData("429", true)]
    [InlineData("401", false)]
    [InlineData("403", false)]
    [InlineData("413", false)]
    [InlineData("html", true)]
    public async Task A_fault_that_stays_is_said(string fault, bool isTransient)
    {
        await using var services = await TestServices.StartAsync(change: options => (options.TimeoutSeconds, options.Retries) = (1, 1));
        var store = new UpstashOperationStore(services.Services);
        services.Redis.FailWith(Upset.Of(fault));

        var said = await Assert.ThrowsAsync<MemoryStoreException>(() => store.AcceptAsync(Drafts.Operation("o", Now), Token));

        Assert.Equal(("upstash", "accept an operation", isTransient), (said.Store, said.Operation, said.IsTransient));
        Assert.Equal(isTransient ? 2 : 1, services.Redis.Requests);
        Assert.DoesNotContain(services.Redis.Token, said.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_quota_that_is_used_up_and_a_token_that_only_reads_are_said()
    {
        await using var services = await TestServices.StartAsync();
        services.Redis.Quota = Enum.GetValues<UpstashQuota>().First(quota => quota != default);
        var store = new UpstashOperationStore(services.Services);
        var quota = await Assert.ThrowsAsync<MemoryStoreException>(() => store.AcceptAsync(Drafts.Operation("o", Now), Token));
        Assert.False(quota.IsTransient);
        Assert.Contains("quota", quota.Reason, StringComparison.Ordinal);

        services.Redis.Quota = default;
        var reader = new UpstashOperationStore(services.Connect(options => options.Token = "reader"));
        var refused = await Assert.ThrowsAsync<MemoryStoreException>(() => reader.AcceptAsync(Drafts.Operation("o", Now), Token));
        Assert.False(refused.IsTransient);
        Assert.Contains("Memory:Upstash:Token", refused.Reason, StringComparison.Ordinal);
        Assert.Null(await reader.FindAsync("o", Token));
    }

    [Fact]
    public async Task Each_request_carries_what_the_last_answer_said()
    {
        await using var services = await TestServices.StartAsync();
        var store = new UpstashOperationStore(services.Services);
        await store.AcceptAsync(Drafts.Operation("o", Now), Token);
        var after = services.Redis.SyncToken;
        await store.FindAsync("o", Token);

        Assert.Equal(["", after], services.Redis.Log.Select(request => request.SyncToken));
    }

    private static async Task<IReadOnlyList<Operation>> ClaimAsync(UpstashOperationStore store) => await store.ClaimAsync(1, TimeSpan.FromSeconds(30), Now, Token);
}
