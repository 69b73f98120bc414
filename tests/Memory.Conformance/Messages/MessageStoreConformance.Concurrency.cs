using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    private const int Callers = 16;

    [Fact]
    public async Task Callers_at_once_get_positions_without_gap_or_double()
    {
        var results = await AtOnceAsync(caller => AppendAsync("t", "r", Drafts.Messages(5, $"c{caller}-")));

        var positions = results.SelectMany(result => result.Messages).Select(message => message.Position);
        Assert.Equal(Enumerable.Range(1, Callers * 5).Select(position => (long)position), positions.Order());
        Assert.All(results, result => Assert.Equal(4, result.Messages[^1].Position - result.Messages[0].Position));
        Assert.Equal(Callers * 5, (await AllAsync("t")).Count);
    }

    [Fact]
    public async Task The_same_append_from_many_callers_is_stored_once()
    {
        var results = await AtOnceAsync(_ => AppendAsync("t", "r", Drafts.Messages(3)));

        Assert.Single(results, result => result.Messages.All(message => !message.Duplicate));
        Assert.Equal(Callers - 1, results.Count(result => result.Messages.All(message => message.Duplicate)));
        Assert.All(results, result => Assert.Equal([1, 2, 3], result.Messages.Select(message => message.Position)));
        Assert.Equal(3, (await AllAsync("t")).Count);
    }

    [Fact]
    public async Task Of_many_callers_that_expect_the_same_position_one_gets_it()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));

        var won = await AtOnceAsync(async caller =>
        {
            try
            {
                await Store.AppendAsync(Batch("t", "r", Drafts.Message($"c{caller}", "mine")) with { ExpectedPosition = 1 }, Token);
                return true;
            }
            catch (RefusedException refused) when (refused.Code == ErrorCode.PositionMismatch)
            {
                return false;
            }
        });

        Assert.Single(won, one => one);
        Assert.Equal(2, (await ThreadAsync("t")).LastPosition);
    }

    [Fact]
    public async Task Of_two_resources_that_append_to_a_missing_thread_one_gets_it()
    {
        var won = await AtOnceAsync(async caller =>
        {
            try
            {
                await AppendAsync("t", $"r{caller}", Drafts.Message($"c{caller}", "mine"));
                return caller;
            }
            catch (RefusedException refused) when (refused.Code == ErrorCode.ThreadNotFound)
            {
                return -1;
            }
        });

        var owner = Assert.Single(won, caller => caller >= 0);
        Assert.Equal($"r{owner}", (await ThreadAsync("t")).ResourceId);
        Assert.Equal($"c{owner}", Assert.Single(await AllAsync("t")).Id);
    }

    [Fact]
    public async Task Of_many_edits_of_one_revision_one_is_written()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        var stored = await Store.FindMessageAsync("t", "m1", Token);
        Assert.NotNull(stored);

        var won = await AtOnceAsync(caller => ReplaceAsync(stored.Message with { Content = MessageContent.FromText($"caller {caller}") }, stored.Revision));

        var winner = Array.IndexOf(won, true);
        Assert.Single(won, one => one);
        Assert.Equal($"caller {winner}", (await AllAsync("t")).Single().Content.Text);
    }

    [Fact]
    public async Task A_counter_in_working_memory_loses_no_update()
    {
        var owner = new WorkingMemoryOwner(IsThread: false, "r");
        await AtOnceAsync(async _ =>
        {
            for (var done = 0; done < 3;)
            {
                var stored = await Store.FindWorkingMemoryAsync(owner, Token);
                var (count, version) = stored is null ? (0, 0) : (int.Parse(stored.Text, null), stored.Version);
                done += await Store.PutWorkingMemoryAsync(owner, new(true, $"{count + 1}", version + 1, Now), version, Token) ? 1 : 0;
            }

            return true;
        });

        Assert.Equal($"{Callers * 3}", (await Store.FindWorkingMemoryAsync(owner, Token))?.Text);
    }

    private static Task<T[]> AtOnceAsync<T>(Func<int, Task<T>> call) =>
        Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(() => call(caller), Token)));
}
