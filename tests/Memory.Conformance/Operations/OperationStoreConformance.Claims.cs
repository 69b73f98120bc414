using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class OperationStoreConformance<TStore>
{
    [Fact]
    public async Task A_claim_takes_the_oldest_first_and_no_more_than_asked()
    {
        foreach (var id in (string[])["c", "a", "d", "b", "e"])
        {
            Clock.Advance(TimeSpan.FromMilliseconds(1));
            await Operations.AcceptAsync(Drafts.Operation(id, Now), Token);
        }

        var claimed = await Operations.ClaimAsync(3, Lease, Now, Token);
        Assert.Equal(["c", "a", "d"], claimed.Select(operation => operation.Id));
        Assert.All(claimed, operation => Assert.Equal((OperationStatus.Running, 1), (operation.Status, operation.Attempts)));
        Assert.All(claimed, operation => Assert.NotNull(operation.Payload));
        Assert.Equal(claimed[0], await FindAsync("c"));
        Assert.Equal(["b", "e"], (await Operations.ClaimAsync(3, Lease, Now, Token)).Select(operation => operation.Id));
        Assert.Empty(await Operations.ClaimAsync(3, Lease, Now, Token));
    }

    [Fact]
    public async Task Workers_at_once_never_get_the_same_operation()
    {
        for (var number = 0; number < 40; number++)
        {
            await Operations.AcceptAsync(Drafts.Operation($"o{number}", Now), Token);
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                List<Operation> mine = [];
                while (await Operations.ClaimAsync(3, Lease, Now, Token) is { Count: > 0 } some)
                {
                    mine.AddRange(some);
                }

                return mine;
            },
            Token)));

        var ids = claims.SelectMany(mine => mine).Select(operation => operation.Id).ToList();
        Assert.Equal(40, ids.Count);
        Assert.Equal(40, ids.Distinct().Count());
        Assert.All(claims.SelectMany(mine => mine), operation => Assert.Equal(1, operation.Attempts));
    }

    [Fact]
    public async Task A_lease_that_ran_out_passes_the_operation_on_with_one_more_attempt()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimOneAsync();
        Clock.Advance(Lease - TimeSpan.FromSeconds(1));
        Assert.Null(await FirstClaimAsync());
        Clock.Advance(TimeSpan.FromSeconds(2));

        var passed = await ClaimOneAsync();

        Assert.Equal(("o", OperationStatus.Running, 2), (passed.Id, passed.Status, passed.Attempts));
        Assert.NotNull(passed.Payload);
        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task A_worker_whose_claim_has_passed_on_changes_nothing_any_more()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimOneAsync();
        Clock.Advance(Lease + TimeSpan.FromSeconds(1));
        var passed = await ClaimOneAsync();

        Assert.False(await Operations.CompleteAsync("o", 1, new RawJson("\"late\""), Now, Token));
        Assert.False(await Operations.FailAsync("o", 1, Reason, Now, Now, Token));
        Assert.False(await Operations.FailAsync("o", 1, Reason, null, Now, Token));

        Assert.Equal(passed, await FindAsync("o"));
        Assert.True(await Operations.CompleteAsync("o", 2, new RawJson("\"in time\""), Now, Token));
        Assert.False(await Operations.FailAsync("o", 1, Reason, null, Now, Token));
        Assert.Equal((OperationStatus.Succeeded, "\"in time\""), ((await FindAsync("o")).Status, (await FindAsync("o")).Result?.Text));
    }

    [Fact]
    public async Task A_late_worker_whose_claim_nobody_took_may_still_finish()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimOneAsync();
        Clock.Advance(Lease * 3);

        Assert.True(await Operations.CompleteAsync("o", 1, new RawJson("1"), Now, Token));

        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task An_unclaimed_or_unknown_operation_cannot_be_ended()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);

        Assert.False(await Operations.CompleteAsync("o", 1, new RawJson("1"), Now, Token));
        Assert.False(await Operations.FailAsync("o", 1, Reason, null, Now, Token));
        Assert.False(await Operations.CompleteAsync("unknown", 1, new RawJson("1"), Now, Token));
        Assert.False(await Operations.FailAsync("unknown", 1, Reason, null, Now, Token));
        Assert.Equal(OperationStatus.Queued, (await FindAsync("o")).Status);
    }

    [Fact]
    public async Task Queued_retried_and_abandoned_operations_come_by_age_alone()
    {
        await Operations.AcceptAsync(Drafts.Operation("retried", Now.AddSeconds(-30)), Token);
        await Operations.FailAsync("retried", (await ClaimOneAsync()).Attempts, Reason, Now.AddSeconds(40), Now, Token);
        await Operations.AcceptAsync(Drafts.Operation("abandoned", Now.AddSeconds(-20)), Token);
        await ClaimOneAsync();
        await Operations.AcceptAsync(Drafts.Operation("queued", Now.AddSeconds(-10)), Token);
        Clock.Advance(TimeSpan.FromSeconds(60));

        var claimed = await Operations.ClaimAsync(9, Lease, Now, Token);

        Assert.Equal([("retried", 2), ("abandoned", 2), ("queued", 1)], claimed.Select(operation => (operation.Id, operation.Attempts)));
    }
}
