using Memory.Benchmarks.Faults;

namespace Memory.Benchmarks.Tests;

/// <summary>A product that lies is found out.</summary>
public sealed class InspectionTests
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(0.5);

    [Fact]
    public async Task An_honest_product_is_clean()
    {
        var result = await RunAsync();
        Assert.True(result is { IsClean: true, Answered: > 10, Strikes: > 0 }, result.ToString());
    }

    [Fact]
    public async Task A_message_that_is_not_there_is_lost()
    {
        var result = await RunAsync(all: found => [.. found.Where(message => message.Position != 2)]);
        Assert.True(result is { IsClean: false, Inspected: { Lost: 4, Doubled: 0 } }, result.ToString());
    }

    [Fact]
    public async Task A_message_that_is_there_twice_is_doubled()
    {
        var result = await RunAsync(all: found => [.. found, found[0] with { Position = found.Count + 1 }]);
        Assert.True(result is { IsClean: false, Inspected: { Lost: 0, Doubled: 4 } }, result.ToString());
    }

    [Fact]
    public async Task Messages_that_have_changed_places_are_out_of_order()
    {
        var result = await RunAsync(all: found => [found[1] with { Position = 1 }, found[0] with { Position = 2 }, .. found.Skip(2)]);
        Assert.True(result is { IsClean: false, Inspected: { Lost: 0, Doubled: 0, OutOfOrder: 8 } }, result.ToString());
    }

    [Fact]
    public async Task A_message_that_says_something_else_or_that_nobody_sent_is_wrong()
    {
        var result = await RunAsync(all: found => [found[0] with { Text = "something else" }, .. found.Skip(1), new Found("stranger", found.Count + 1, "hello")]);
        Assert.True(result is { IsClean: false, Wrongs: 8 }, result.ToString());
    }

    [Fact]
    public async Task An_empty_read_is_no_answer_to_an_outage()
    {
        var reads = 0;
        var result = await RunAsync(last: found => Interlocked.Increment(ref reads) % 5 == 0 ? [] : found);
        Assert.True(result is { IsClean: false, Wrongs: > 0 }, result.ToString());
    }

    [Fact]
    public async Task A_read_that_leaves_out_the_newest_message_is_wrong()
    {
        var result = await RunAsync(last: found => [.. found.SkipLast(1)]);
        Assert.True(result is { IsClean: false, Wrongs: > 0 }, result.ToString());
    }

    [Fact]
    public async Task A_message_that_is_not_recalled_is_wrong_and_one_without_its_vector_is_counted()
    {
        var forgetful = await RunAsync(recall: recalled => recalled with { Hits = [] });
        Assert.True(forgetful is { IsClean: false, Wrongs: > 0 }, forgetful.ToString());
        var wordy = await RunAsync(recall: recalled => recalled with { Hits = [.. recalled.Hits.Select(hit => (hit.Position, (double?)null))] });
        Assert.True(wordy is { IsClean: false, Inspected.WithoutVector: > 0 }, wordy.ToString());
    }

    [Fact]
    public void A_writers_later_turn_before_its_earlier_one_is_out_of_order()
    {
        var ledger = new Ledger();
        Said[] said = [new("t", "a", "first", Writer: 1, Turn: 0), new("t", "b", "second", Writer: 1, Turn: 1), new("t", "c", "another's", Writer: 2, Turn: 0)];
        ledger.Send(said);
        foreach (var (position, message) in ((long, Said)[])[(1, said[1]), (2, said[0]), (3, said[2])])
        {
            ledger.Answer([message], [position]);
        }

        Assert.Equal(
            new Inspected(3, 0, 0, OutOfOrder: 1, 0),
            new Inspection(new Liar(new HttpService(), Honest, Honest, Honest), ledger, seed: 1).Compare("t", [new("b", 1, "second"), new("a", 2, "first"), new("c", 3, "another's")]));
    }

    [Fact]
    public void Two_messages_at_one_position_and_a_call_that_was_torn_apart_are_wrong()
    {
        var ledger = new Ledger();
        Said[] said = [new("t", "a", "one", Writer: 1, Turn: 0), new("t", "b", "two", Writer: 1, Turn: 0), new("t", "c", "three", Writer: 2, Turn: 0)];
        ledger.Send(said);
        ledger.Answer(said[..2], [1, 2]);
        Assert.Equal(0, ledger.Wrongs);
        ledger.Answer(said[2..], [2]);
        Assert.Equal(1, ledger.Wrongs);
        ledger.Answer(said[..2], [4, 6]);
        Assert.Equal(2, ledger.Wrongs);
    }

    private static T Honest<T>(T found) => found;

    private static async Task<FaultResult> RunAsync(
        Func<IReadOnlyList<Found>, IReadOnlyList<Found>>? all = null, Func<IReadOnlyList<Found>, IReadOnlyList<Found>>? last = null, Func<Recalled, Recalled>? recall = null)
    {
        var scenario = new Scenario("lies", "LibSQL file", async (_, _) => new LyingTarget(
            await InProcessTarget.StartAsync(await LibSqlGrounds.FileAsync(), TimeProvider.System, (_, random, over) => random.PauseAsync(1, 2, over)),
            service => new Liar(service, all ?? Honest, last ?? Honest, recall ?? Honest)));
        return await new FaultRun(Length, seed: 1).RunAsync(scenario, TestContext.Current.CancellationToken);
    }

    private sealed class LyingTarget(ITarget inner, Func<IService, IService> wrap) : ITarget
    {
        public IService Service { get; } = wrap(inner.Service);

        public Task StrikeAsync(Random random, CancellationToken over) => inner.StrikeAsync(random, over);

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }

    /// <summary>A product that does as it is told, and does not tell the truth about it.</summary>
    private sealed class Liar(
        IService inner, Func<IReadOnlyList<Found>, IReadOnlyList<Found>> all, Func<IReadOnlyList<Found>, IReadOnlyList<Found>> last, Func<Recalled, Recalled> recall) : IService
    {
        public Task<IReadOnlyList<long>> AppendAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken) => inner.AppendAsync(messages, cancellationToken);

        public Task<string> AcceptAsync(IReadOnlyList<Said> messages, CancellationToken cancellationToken) => inner.AcceptAsync(messages, cancellationToken);

        public Task<IReadOnlyList<long>?> FindResultAsync(string operation, CancellationToken cancellationToken) => inner.FindResultAsync(operation, cancellationToken);

        public async Task<IReadOnlyList<Found>> LastAsync(string threadId, int count, CancellationToken cancellationToken) => last(await inner.LastAsync(threadId, count, cancellationToken));

        public async Task<IReadOnlyList<Found>> AllAsync(string threadId, CancellationToken cancellationToken) => all(await inner.AllAsync(threadId, cancellationToken));

        public async Task<Recalled> RecallAsync(string threadId, string question, CancellationToken cancellationToken) => recall(await inner.RecallAsync(threadId, question, cancellationToken));

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
