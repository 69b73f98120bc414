using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Theory]
    [InlineData(0, 6)]
    [InlineData(1, 5)]
    [InlineData(3, 3)]
    [InlineData(5, 1)]
    [InlineData(9, 1)]
    public async Task The_last_messages_come_oldest_first(int last, long first)
    {
        await AppendAsync("t", "r", Drafts.Messages(5));

        var messages = await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = last }, Token);

        Assert.NotNull(messages);
        Assert.Equal(Enumerable.Range((int)first, 6 - (int)first).Select(position => (long)position), messages.Select(message => message.Position));
    }

    [Fact]
    public async Task Deleted_messages_do_not_count_among_the_last()
    {
        await AppendAsync("t", "r", Drafts.Messages(6));
        await DeleteAsync("t", "m6");
        await DeleteAsync("t", "m4");

        var messages = await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 3 }, Token);

        Assert.NotNull(messages);
        Assert.Equal(["m2", "m3", "m5"], messages.Select(message => message.Id));
    }

    [Fact]
    public async Task Reading_a_missing_thread_gives_null_even_beside_ranges()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        Assert.Null(await Store.ReadAsync(new MessageRead { ThreadId = "missing", Last = 5 }, Token));
        Assert.Null(await Store.ReadAsync(new MessageRead { ThreadId = "missing", Last = 5, ResourceId = "r", Ranges = [new("t", 1, 2)] }, Token));
    }

    [Fact]
    public async Task Reading_an_empty_thread_gives_nothing()
    {
        await CreateThreadAsync("t", "r");

        Assert.Empty(await Store.ReadAsync(new MessageRead { ThreadId = "t", Last = 5 }, Token) ?? throw new KeyNotFoundException());
    }

    [Fact]
    public async Task The_last_messages_and_ranges_of_several_threads_come_in_one_call_each_message_once()
    {
        foreach (var thread in (string[])["a", "b", "c"])
        {
            await AppendAsync(thread, "r", Drafts.Messages(10));
        }

        var messages = await Store.ReadAsync(
            new MessageRead
            {
                ThreadId = "b",
                Last = 3,
                ResourceId = "r",
                Ranges = [new("c", 9, 20), new("a", 2, 3), new("b", 7, 8), new("a", 3, 5), new("b", 1, 1), new("gone", 1, 9), new("c", 40, 50)],
            },
            Token);

        Assert.NotNull(messages);
        Assert.Equal(
            ["a2", "a3", "a4", "a5", "b1", "b7", "b8", "b9", "b10", "c9", "c10"],
            messages.Select(message => $"{message.ThreadId}{message.Position}"));
    }

    [Fact]
    public async Task Ranges_alone_need_no_thread()
    {
        await AppendAsync("a", "r", Drafts.Messages(3));

        var messages = await Store.ReadAsync(new MessageRead { ResourceId = "r", Ranges = [new("a", 2, 2)] }, Token);

        Assert.Equal("m2", Assert.Single(messages ?? []).Id);
    }

    [Fact]
    public async Task A_range_in_another_resources_thread_gives_nothing()
    {
        await AppendAsync("mine", "r", Drafts.Messages(2));
        await AppendAsync("theirs", "other", Drafts.Messages(2));

        var messages = await Store.ReadAsync(new MessageRead { ThreadId = "mine", Last = 1, ResourceId = "r", Ranges = [new("theirs", 1, 2), new("mine", 1, 1)] }, Token);

        Assert.NotNull(messages);
        Assert.Equal(["mine1", "mine2"], messages.Select(message => $"{message.ThreadId}{message.Position}"));
    }

    [Fact]
    public async Task Hundreds_of_ranges_are_one_call()
    {
        await AppendAsync("t", "r", Drafts.Messages(900));

        var messages = await Store.ReadAsync(
            new MessageRead { ResourceId = "r", Ranges = [.. Enumerable.Range(1, 300).Select(n => new PositionRange("t", 3 * n, 3 * n))] }, Token);

        Assert.NotNull(messages);
        Assert.Equal(Enumerable.Range(1, 300).Select(n => 3L * n), messages.Select(message => message.Position));
    }

    [Fact]
    public async Task A_message_that_is_not_there_is_not_found()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));
        await AppendAsync("u", "r", Drafts.Messages(1, "n"));

        Assert.Null(await Store.FindMessageAsync("t", "n1", Token));
        Assert.Null(await Store.FindMessageAsync("missing", "m1", Token));
        Assert.Null(await Store.FindThreadAsync("missing", Token));
    }

    [Fact]
    public async Task The_check_passes_on_a_backend_that_works() => await Store.CheckAsync(Token);
}
