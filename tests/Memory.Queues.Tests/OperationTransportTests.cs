using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Memory.Core;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Queues.Tests;

public sealed class OperationTransportTests : IAsyncDisposable
{
    private static readonly OperationError Error = new("message_conflict", "Taken.");

    private readonly Azurite azurite = new(Azurite.Account);
    private readonly Logs logs = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_announcement_is_base64_of_json_that_names_the_operation()
    {
        await Transport().AnnounceAsync("an id of \"any\" kind ☃", Token);

        var message = (await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value;
        var json = JsonElement.Parse(Service.Decode(message.MessageText));
        Assert.Equal(["version", "operationId"], json.EnumerateObject().Select(field => field.Name));
        Assert.Equal((1, "an id of \"any\" kind ☃"), (json.GetProperty("version").GetInt32(), json.GetProperty("operationId").GetString()));
        Assert.InRange(message.ExpiresOn - message.InsertedOn ?? default, TimeSpan.FromDays(7) - TimeSpan.FromSeconds(2), TimeSpan.FromDays(7) + TimeSpan.FromSeconds(2));
    }

    [Fact]
    public async Task What_is_put_off_is_seen_later()
    {
        await Transport().PutOffAsync("o", TimeSpan.FromSeconds(1), Token);

        Assert.Null((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value);
        await Task.Delay(1_500, Token);
        Assert.Equal(OperationMessage.Announce("o"), (await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
    }

    [Fact]
    public async Task A_queue_that_is_away_fails_no_announcement_and_the_log_says_so()
    {
        await Transport(QueueChannelTests.Refused).AnnounceAsync("o", Token);

        Assert.Equal(["Warning: Operation o is kept and could not be announced, so that the sweep will find it: the queue cannot be reached"], logs.Lines);
    }

    [Fact]
    public async Task A_queue_that_does_not_answer_holds_nobody_longer_than_its_limit()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var options = new QueueOptions { TimeoutSeconds = 0.2, ConnectionString = QueueChannelTests.Refused.Replace(":9/", $":{((IPEndPoint)silent.LocalEndpoint).Port}/", StringComparison.Ordinal) };
        var started = TimeProvider.System.GetTimestamp();

        await new OperationTransport(QueueServices.Open(options), options, TimeProvider.System, logs.For<OperationTransport>()).AnnounceAsync("o", Token);

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.FromSeconds(0.1), TimeSpan.FromSeconds(5));
        Assert.Contains("Operation o is kept", Assert.Single(logs.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_given_up_is_wrapped_with_its_reason()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2030, 1, 31, 9, 0, 0, TimeSpan.Zero));
        const string body = """{"version":1,"threadId":"t","messages":[{"role":"user","content":"secret words"}]}""";

        Assert.True(await Transport(clock: clock).TryPoisonAsync(new GivenUp(Service.Encode(body), "m", "o", 3, Error), Token));

        var message = (await azurite.Poison.ReceiveMessageAsync(cancellationToken: Token)).Value;
        var json = JsonElement.Parse(Service.Decode(message.MessageText));
        Assert.Equal(
            "poisonVersion=1 code=message_conflict reason=Taken. failedAt=2030-01-31T09:00:00Z attempts=3 operationId=o messageId=m",
            string.Join(' ', json.EnumerateObject().Where(field => field.Name != "body").Select(field => $"{field.Name}={field.Value}")));
        Assert.Equal(body, json.GetProperty("body").GetString());
        Assert.True(message.ExpiresOn - message.InsertedOn > TimeSpan.FromDays(365)); // it waits for an operator
        Assert.Equal([$"Error: Operation o (message m) went to the poison queue {azurite.Options.OperationQueue}-poison after 3 attempts, message_conflict: Taken."], logs.Lines);
    }

    [Fact]
    public async Task A_text_that_is_not_base64_is_kept_as_it_came()
    {
        await Transport().TryPoisonAsync(new GivenUp("<not> base64", "m", null, 1, Error), Token);

        var poison = Assert.Single(await azurite.PoisonedAsync());
        Assert.Equal(("<not> base64", null, null), (poison.Text, poison.Body, poison.BodyIn));
    }

    [Fact]
    public async Task A_message_too_large_to_be_wrapped_stands_beside_its_reason()
    {
        var large = Convert.ToBase64String(new byte[48 * 1_024]);

        Assert.True(await Transport().TryPoisonAsync(new GivenUp(large, "m", null, 1, Error), Token));

        var poison = Assert.Single(await azurite.PoisonedAsync());
        Assert.Equal((null, null, "m", "Taken."), (poison.Text, poison.Body, poison.MessageId, poison.Reason));
        var original = (await azurite.Poison.PeekMessagesAsync(32, Token)).Value.Single(message => message.MessageId == poison.BodyIn);
        Assert.Equal(large, original.MessageText);
    }

    [Fact]
    public async Task A_poison_queue_that_is_away_is_said_and_the_reason_is_in_the_log()
    {
        Assert.False(await Transport(QueueChannelTests.Refused).TryPoisonAsync(new GivenUp("secret words", "m", "o", 3, Error), Token));

        Assert.Equal(["Error: Operation o (message m) was given up and could not be put on the poison queue (the queue cannot be reached): Taken."], logs.Lines);
    }

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    private OperationTransport Transport(string? account = null, TimeProvider? clock = null)
    {
        azurite.Options.ConnectionString = account ?? azurite.Options.ConnectionString;
        return new OperationTransport(QueueServices.Open(azurite.Options), azurite.Options, clock ?? TimeProvider.System, logs.For<OperationTransport>());
    }
}
