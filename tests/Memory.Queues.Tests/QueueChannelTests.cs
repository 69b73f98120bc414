using Memory.Core;

namespace Memory.Queues.Tests;

public sealed class QueueChannelTests : IAsyncDisposable
{
    private static readonly TimeSpan Week = TimeSpan.FromDays(7), Minute = TimeSpan.FromMinutes(1);

    private readonly Azurite azurite = new(Azurite.Account);
    private readonly QueueChannel channel;

    public QueueChannelTests() => channel = QueueServices.Open(azurite.Options).Operations;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_queue_that_is_not_there_is_made_by_whoever_first_writes_or_reads()
    {
        Assert.Empty(await channel.ReceiveAsync(32, Minute, Token));
        await azurite.DisposeAsync();

        await channel.PutAsync("x", TimeSpan.Zero, Week, Token);

        Assert.Equal("x", (await channel.ReceiveAsync(32, Minute, Token)).Single().Text);
    }

    [Fact]
    public async Task A_message_is_with_whoever_took_it_until_the_lease_runs_out()
    {
        var id = await channel.PutAsync("x", TimeSpan.Zero, Week, Token);
        var first = (await channel.ReceiveAsync(32, TimeSpan.FromSeconds(1), Token)).Single();
        Assert.Empty(await channel.ReceiveAsync(32, Minute, Token));

        var second = await AgainAsync(TimeSpan.FromSeconds(20));

        Assert.Equal((id, 1L, id, 2L), (first.MessageId, first.Deliveries, second.MessageId, second.Deliveries));
        Assert.False(await first.HideAsync(Minute, Token));
        await first.DeleteAsync(Token);
        Assert.Equal(1, await Azurite.CountAsync(azurite.Operations)); // it is the second's now
        await second.DeleteAsync(Token);
        Assert.Equal(0, await Azurite.CountAsync(azurite.Operations));
    }

    [Fact]
    public async Task A_renewed_lease_runs_on_and_its_message_can_still_be_deleted()
    {
        await channel.PutAsync("x", TimeSpan.Zero, Week, Token);
        var message = (await channel.ReceiveAsync(32, TimeSpan.FromSeconds(1), Token)).Single();

        Assert.True(await message.HideAsync(Minute, Token));

        await Task.Delay(1_500, Token);
        Assert.Empty(await channel.ReceiveAsync(32, Minute, Token));
        await message.DeleteAsync(Token);
        Assert.Equal(0, await Azurite.CountAsync(azurite.Operations));
    }

    [Fact]
    public async Task Texts_that_are_not_base64_come_as_they_are_and_hold_up_no_other()
    {
        string[] texts = ["{", "not base64 <&>", Service.Encode("{}"), new string('x', QueueChannel.MaxText)];
        foreach (var text in texts)
        {
            await channel.PutAsync(text, TimeSpan.Zero, lifetime: null, Token);
        }

        Assert.Equal(texts.Order(), (await channel.ReceiveAsync(32, Minute, Token)).Select(message => message.Text).Order());
    }

    [Fact]
    public async Task A_fault_says_what_could_not_be_done_and_whether_to_ask_again()
    {
        var away = QueueServices.Open(new QueueOptions { ConnectionString = Refused }).Operations;
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => away.PutAsync("x", TimeSpan.Zero, Week, Token));
        Assert.Equal(("queue", "put a message on the queue", true, "the queue cannot be reached"), (fault.Store, fault.Operation, fault.IsTransient, fault.Reason));

        var locked = QueueServices.Open(new QueueOptions { ConnectionString = Azurite.Account.Replace("AccountKey=E", "AccountKey=F", StringComparison.Ordinal) }).Operations;
        fault = await Assert.ThrowsAsync<MemoryStoreException>(() => locked.ReceiveAsync(1, Minute, Token));
        Assert.Equal((false, "the queue answered 403 AuthenticationFailed"), (fault.IsTransient, fault.Reason));
    }

    /// <summary>An account where nobody listens.</summary>
    internal const string Refused = "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;QueueEndpoint=http://127.0.0.1:9/a";

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    private async Task<ReceivedMessage> AgainAsync(TimeSpan patience)
    {
        for (var deadline = DateTime.UtcNow + patience; DateTime.UtcNow < deadline; await Task.Delay(100, Token))
        {
            if (await channel.ReceiveAsync(32, Minute, Token) is [var message])
            {
                return message;
            }
        }

        throw new TimeoutException("The message did not come again.");
    }
}
