using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every operation store does, whatever it is made of.</summary>
/// <typeparam name="TStore">The store that a subclass tests.</typeparam>
public abstract partial class OperationStoreConformance<TStore> : ConformanceSuite
    where TStore : IOperationStore
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);
    private static readonly OperationError Reason = new("backend_unavailable", "The store was busy, \"very\" busy.");

    [Fact]
    public async Task An_operation_reads_back_as_it_was_accepted()
    {
        var operation = Drafts.Operation("o", Now, payload: """{ "messages" : [ {"role":"user","content":"caf\u00e9 \ud800"} ] }""");

        Assert.Equal(operation, await Operations.AcceptAsync(operation, Token));

        Assert.Equal(operation, await FindAsync("o"));
        Assert.Null(await Operations.FindAsync("unknown", Token));
    }

    [Fact]
    public async Task An_operation_may_name_no_resource()
    {
        var operation = Drafts.Operation("o", Now, resourceId: null);
        await Operations.AcceptAsync(operation, Token);

        Assert.Equal(operation, await FindAsync("o"));
    }

    [Fact]
    public async Task Accepting_a_known_id_gives_the_operation_that_is_there()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        var claimed = await ClaimOneAsync();

        var again = await Operations.AcceptAsync(Drafts.Operation("o", Now.AddSeconds(9), payload: """{"other":1}"""), Token);
        Assert.Equal(claimed, again);

        await Operations.CompleteAsync("o", 1, new RawJson("""{"done":true}"""), Now, Token);
        again = await Operations.AcceptAsync(Drafts.Operation("o", Now.AddSeconds(9)), Token);
        Assert.Equal(OperationStatus.Succeeded, again.Status);
        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task Of_many_that_accept_one_id_all_get_the_same_operation()
    {
        var accepted = await Task.WhenAll(Enumerable.Range(0, 12).Select(caller =>
            Task.Run(() => Operations.AcceptAsync(Drafts.Operation("o", Now, payload: $$"""{"caller":{{caller}}}"""), Token), Token)));

        Assert.Single(accepted.Distinct());
        Assert.NotNull(await FirstClaimAsync());
        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task Success_keeps_the_result_and_drops_the_payload()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimOneAsync();
        Clock.Advance(TimeSpan.FromSeconds(1));

        Assert.True(await Operations.CompleteAsync("o", 1, new RawJson("""{ "threadId" : "t" }"""), Now, Token));

        var done = await FindAsync("o");
        Assert.Equal((OperationStatus.Succeeded, 1, """{ "threadId" : "t" }""", Now), (done.Status, done.Attempts, done.Result?.Text, done.UpdatedAt));
        Assert.Null(done.Payload);
        Clock.Advance(TimeSpan.FromHours(1));
        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task A_failed_attempt_waits_for_its_time_and_keeps_the_payload()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        var claimed = await ClaimOneAsync();

        Assert.True(await Operations.FailAsync("o", 1, Reason, Now.AddSeconds(60), Now, Token));

        var waiting = await FindAsync("o");
        Assert.Equal((OperationStatus.Queued, 1, Reason, claimed.Payload), (waiting.Status, waiting.Attempts, waiting.Error, waiting.Payload));
        Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.Null(await FirstClaimAsync());
        Clock.Advance(TimeSpan.FromSeconds(1));
        var again = await ClaimOneAsync();
        Assert.Equal((OperationStatus.Running, 2, claimed.Payload), (again.Status, again.Attempts, again.Payload));
    }

    [Fact]
    public async Task An_operation_that_failed_for_good_is_listed_and_not_taken_again()
    {
        await FailForGoodAsync("first");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await FailForGoodAsync("second");
        Clock.Advance(TimeSpan.FromSeconds(1));
        await FailForGoodAsync("third");
        await Operations.AcceptAsync(Drafts.Operation("waiting", Now), Token);

        Assert.Equal(["first", "second", "third"], (await Operations.ListFailedAsync(9, Token)).Select(operation => operation.Id));
        Assert.Equal(["first", "second"], (await Operations.ListFailedAsync(2, Token)).Select(operation => operation.Id));
        var failed = await FindAsync("first");
        Assert.Equal((OperationStatus.Failed, 1, Reason), (failed.Status, failed.Attempts, failed.Error));
        Assert.NotNull(failed.Payload);
        Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal("waiting", (await ClaimOneAsync()).Id);
        Assert.Null(await FirstClaimAsync());
    }

    [Fact]
    public async Task A_redriven_operation_begins_again()
    {
        await FailForGoodAsync("o");
        Clock.Advance(TimeSpan.FromHours(1));

        Assert.True(await Operations.RedriveAsync("o", Now, Token));

        var queued = await FindAsync("o");
        Assert.Equal((OperationStatus.Queued, 0, Now), (queued.Status, queued.Attempts, queued.UpdatedAt));
        Assert.Empty(await Operations.ListFailedAsync(9, Token));
        Assert.False(await Operations.RedriveAsync("o", Now, Token));
        Assert.Equal(1, (await ClaimOneAsync()).Attempts);
        Assert.True(await Operations.CompleteAsync("o", 1, new RawJson("1"), Now, Token));
    }

    [Fact]
    public async Task Only_what_failed_can_be_redriven()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        Assert.False(await Operations.RedriveAsync("o", Now, Token));
        await ClaimOneAsync();
        Assert.False(await Operations.RedriveAsync("o", Now, Token));
        await Operations.CompleteAsync("o", 1, new RawJson("1"), Now, Token);
        Assert.False(await Operations.RedriveAsync("o", Now, Token));
        Assert.False(await Operations.RedriveAsync("unknown", Now, Token));
    }

    [Fact]
    public async Task A_purge_removes_what_succeeded_before_its_time_in_bounded_steps()
    {
        for (var number = 1; number <= 5; number++)
        {
            await Operations.AcceptAsync(Drafts.Operation($"done{number}", Now), Token);
            await ClaimOneAsync();
            await Operations.CompleteAsync($"done{number}", 1, new RawJson("1"), Now, Token);
            Clock.Advance(TimeSpan.FromSeconds(1));
        }

        await FailForGoodAsync("failed");
        await Operations.AcceptAsync(Drafts.Operation("waiting", Now), Token);
        var before = (await FindAsync("done5")).UpdatedAt; // done5 itself is not before it

        Assert.Equal(3, await Operations.PurgeAsync(before, 3, Token));
        Assert.Equal(1, await Operations.PurgeAsync(before, 3, Token));
        Assert.Equal(0, await Operations.PurgeAsync(before, 3, Token));
        Assert.Null(await Operations.FindAsync("done4", Token));
        Assert.NotNull(await Operations.FindAsync("done5", Token));
        Assert.NotNull(await Operations.FindAsync("failed", Token));
        Assert.NotNull(await Operations.FindAsync("waiting", Token));
    }

    [Fact]
    public async Task An_operation_is_removed_whatever_has_become_of_it()
    {
        await FailForGoodAsync("failed");
        await FailForGoodAsync("stays failed");
        await Operations.AcceptAsync(Drafts.Operation("succeeded", Now), Token);
        await ClaimOneAsync();
        await Operations.CompleteAsync("succeeded", 1, new RawJson("1"), Now, Token);
        await Operations.AcceptAsync(Drafts.Operation("running", Now), Token);
        await ClaimOneAsync();
        await Operations.AcceptAsync(Drafts.Operation("queued", Now), Token);
        await Operations.AcceptAsync(Drafts.Operation("of no thread", Now, resourceId: null) with { ThreadId = null }, Token);
        await Operations.AcceptAsync(Drafts.Operation("stays", Now), Token);

        foreach (var id in (string[])["failed", "succeeded", "running", "queued", "of no thread"])
        {
            Assert.True(await Operations.RemoveAsync(id, Token), $"'{id}' was not there.");
            Assert.Null(await Operations.FindAsync(id, Token));
            Assert.False(await Operations.RemoveAsync(id, Token));
        }

        Assert.False(await Operations.RemoveAsync("unknown", Token));
        Assert.False(await Operations.CompleteAsync("running", 1, new RawJson("1"), Now, Token));
        Assert.False(await Operations.FailAsync("running", 1, Reason, null, Now, Token));
        Assert.False(await Operations.RedriveAsync("failed", Now, Token));
        Assert.Equal(["stays failed"], (await Operations.ListFailedAsync(9, Token)).Select(operation => operation.Id));
        Clock.Advance(TimeSpan.FromDays(1));
        Assert.Equal(["stays"], (await Operations.ClaimAsync(9, Lease, Now, Token)).Select(operation => operation.Id));
        Assert.Equal(0, await Operations.PurgeAsync(Now, 9, Token));
    }

    [Fact]
    public async Task A_removed_operations_id_can_be_accepted_anew()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now), Token);
        await ClaimOneAsync();
        await Operations.RemoveAsync("o", Token);
        Clock.Advance(TimeSpan.FromSeconds(1));
        var operation = Drafts.Operation("o", Now, payload: """{"other":1}""");

        Assert.Equal(operation, await Operations.AcceptAsync(operation, Token));
        Assert.Equal(1, (await ClaimOneAsync()).Attempts);
    }

    [Fact]
    public async Task A_removed_operation_is_not_counted_by_an_erasure()
    {
        await Operations.AcceptAsync(Drafts.Operation("o", Now, "t", "r"), Token);
        await Operations.AcceptAsync(Drafts.Operation("p", Now, "t", "r"), Token);
        await Operations.RemoveAsync("o", Token);

        Assert.Equal(new ErasedCounts(0, 0, 0, 1, 0), await Store.EraseResourceAsync("r", Now, Token));
    }

    private async Task<Operation> FindAsync(string id) =>
        await Operations.FindAsync(id, Token) ?? throw new KeyNotFoundException($"There is no operation '{id}'.");

    private async Task<Operation?> FirstClaimAsync() => (await Operations.ClaimAsync(1, Lease, Now, Token)).SingleOrDefault();

    private async Task<Operation> ClaimOneAsync() => await FirstClaimAsync() ?? throw new KeyNotFoundException("Nothing is due.");

    private async Task FailForGoodAsync(string id)
    {
        await Operations.AcceptAsync(Drafts.Operation(id, Now), Token);
        var claimed = await ClaimOneAsync();
        Assert.True(await Operations.FailAsync(id, claimed.Attempts, Reason, null, Now, Token));
    }
}
