using System.Globalization;
using Memory.Core;
using Memory.Fakes;
using Memory.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Moq;

namespace Memory.Queues.Tests;

/// <summary>What the service makes of a message, on a real queue and a real database.</summary>
public sealed class QueueHandlersTests : IAsyncDisposable
{
    private const string Inline = """{"version":1,"threadId":"t","resourceId":"r","messages":[{"role":"user","content":"one"},{"id":"b","role":"assistant","content":"two"}]}""";

    private readonly Azurite azurite = new(Azurite.Account);
    private readonly Service service;

    public QueueHandlersTests() => service = new Service(azurite.Options, ("Memory:Operations:LeaseSeconds", "1"), ("Memory:Operations:RetentionHours", "0"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_announced_operation_is_run()
    {
        var operation = await service.AcceptAsync("t", "r", "a");

        await service.DeliverTextAsync((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);

        Assert.Equal(OperationStatus.Succeeded, (await service.OperationAsync(operation.Id)).Status);
        Assert.Equal(["a"], await service.MessagesAsync("t"));
    }

    [Fact]
    public async Task Delivered_again_at_the_same_moment_or_for_an_operation_that_is_gone_nothing_happens()
    {
        var operation = await service.AcceptAsync("t", "r", "a");
        var text = OperationMessage.Announce(operation.Id);

        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => service.DeliverTextAsync(text)));
        await service.DeliverTextAsync(text, deliveries: 2);
        await service.DeliverTextAsync(OperationMessage.Announce("gone"));

        Assert.Equal(["a"], await service.MessagesAsync("t"));
        Assert.Empty(await azurite.PoisonedAsync());
    }

    [Fact]
    public async Task An_append_of_a_producer_has_its_effect_once_however_often_it_is_delivered()
    {
        await Task.WhenAll(Enumerable.Range(1, 5).Select(delivery => service.DeliverAsync(Inline, "m1", delivery)));
        var ids = await service.MessagesAsync("t");
        Assert.Equal(2, ids.Length);
        Assert.Equal("b", ids[1]);

        // Even when nobody remembers the operation: its messages' ids are made of the queue's id of the message.
        await service.Get<RunOperations>().PurgeAsync(Token);
        await service.DeliverAsync(Inline, "m1", 6);
        Assert.Equal(ids, await service.MessagesAsync("t"));
        Assert.Empty(await azurite.PoisonedAsync());
    }

    [Fact]
    public async Task Two_messages_are_two_appends_unless_the_producer_gives_them_one_id()
    {
        const string body = """{"version":1,"threadId":"t","resourceId":"r","messages":[{"role":"user","content":"one"}]}""";
        await service.DeliverAsync(body, "m1");
        await service.DeliverAsync(body, "m2");
        Assert.Equal(2, (await service.MessagesAsync("t")).Length);

        var named = body.Replace("1,", """1,"id":"turn-7",""", StringComparison.Ordinal);
        await service.DeliverAsync(named, "m3");
        await service.DeliverAsync(named, "m4");
        Assert.Equal(3, (await service.MessagesAsync("t")).Length);
    }

    [Theory]
    [InlineData("", "$ is not valid JSON at line 1, byte 1.")]
    [InlineData("<not base64>", "The message is not base64 of UTF-8.", false)]
    [InlineData("/////w==", "The message is not base64 of UTF-8.", false)] // base64 of what is not UTF-8
    [InlineData("not json", "$ is not valid JSON at line 1, byte 2.")]
    [InlineData("null", "$ must be a JSON object.")]
    [InlineData("[]", "$ must be an object.")]
    [InlineData("""{"threadId":"t","messages":[]}""", "$.version is required.")]
    [InlineData("""{"version":2,"threadId":"t","messages":[{"role":"user","content":"x"}]}""", "$.version must be 1.")]
    [InlineData("""{"version":"1","threadId":"t","messages":[]}""", "$.version must be a whole number.")]
    [InlineData("""{"version":1}""", "2 fields are wrong; the first: $.threadId is required.")]
    [InlineData("""{"version":1,"threadId":"t"}""", "$.messages is required.")]
    [InlineData("""{"version":1,"threadId":"t","messages":[]}""", "$.messages must hold at least one message.")]
    [InlineData("""{"version":1,"threadId":"t","messages":{}}""", "$.messages must be an array.")]
    [InlineData("""{"version":1,"threadId":"t","messages":[{"role":"user"}]}""", "$.messages[0].content is required.")]
    [InlineData("""{"version":1,"threadId":"t","messages":[{"role":"robot","content":"secret words"}]}""", "$.messages[0].role must be one of system, developer, user, assistant, tool.")]
    [InlineData("""{"version":1,"threadId":"t","messages":[{"role":"user","content":"secret words","more":1}]}""", "$.messages[0].more is not a field of this request.")]
    [InlineData("""{"version":1,"threadId":"t","messages":[null]}""", "$.messages[0] must be an object.")]
    [InlineData("""{"version":1,"threadId":"","messages":[{"role":"user","content":"x"}]}""", "$.threadId must be 1 to 256 bytes of UTF-8 without control characters.")]
    [InlineData("""{"version":1,"id":"","threadId":"t","messages":[{"role":"user","content":"x"}]}""", "$.id must be 1 to 256 bytes of UTF-8 without control characters.")]
    [InlineData("""{"version":1,"operationId":"o","threadId":"t"}""", "$.operationId stands alone: an announcement has no other fields.")]
    [InlineData("""{"version":1,"operationId":""}""", "$.operationId must be 1 to 256 bytes of UTF-8 without control characters.")]
    public async Task What_is_no_message_of_this_schema_goes_to_the_poison_queue_with_its_reason(string body, string reason, bool encode = true)
    {
        var text = encode ? Service.Encode(body) : body;

        await service.DeliverTextAsync(text, "m1", 2);

        var poison = Assert.Single(await azurite.PoisonedAsync());
        Assert.Equal(("invalid_request", reason, "m1", 2L, null), (poison.Code, poison.Reason, poison.MessageId, poison.Attempts, poison.OperationId));
        Assert.Equal(body, encode ? poison.Body : poison.Text);
        Assert.Contains(service.Logs.Lines, line => line.StartsWith("Error: ", StringComparison.Ordinal) && line.Contains("(message m1) went to the poison queue", StringComparison.Ordinal));
        Assert.DoesNotContain("secret words", string.Join('\n', service.Logs.Lines), StringComparison.Ordinal);
        Assert.Empty(await service.MessagesAsync("t"));
    }

    [Fact]
    public async Task An_append_of_too_many_messages_goes_to_the_poison_queue()
    {
        var messages = string.Join(',', Enumerable.Repeat("""{"role":"user","content":""}""", AppendBatch.MaxMessages + 1));

        await service.DeliverAsync($$"""{"version":1,"threadId":"t","resourceId":"r","messages":[{{messages}}]}""");

        Assert.Equal("payload_too_large", Assert.Single(await azurite.PoisonedAsync()).Code);
    }

    [Fact]
    public async Task An_operation_that_fails_goes_to_the_poison_queue_and_a_redrive_has_it_done_after_all()
    {
        var operation = await service.AcceptAsync("t", resourceId: null, "a");
        await service.DeliverTextAsync(OperationMessage.Announce(operation.Id));
        Assert.Equal((OperationStatus.Failed, "thread_not_found"), ((await service.OperationAsync(operation.Id)).Status, (await service.OperationAsync(operation.Id)).Error?.Code));
        var poison = Assert.Single(await azurite.PoisonedAsync());
        Assert.Equal(("thread_not_found", operation.Id, 1L, null, null), (poison.Code, poison.OperationId, poison.Attempts, poison.Body, poison.Text));
        await service.DeliverTextAsync(OperationMessage.Announce(operation.Id), deliveries: 2);
        Assert.Single(await azurite.PoisonedAsync()); // not once more
        await azurite.Operations.ClearMessagesAsync(Token);

        await service.Get<EditThreads>().CreateAsync("t", "r", title: null, metadata: null, timeToLive: null, Token);
        Assert.Equal(1, await service.Get<RedrivePoison>().RunAsync(limit: 100, Token));

        Assert.Empty(await azurite.PoisonedAsync());
        await service.DeliverTextAsync((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
        Assert.Equal(OperationStatus.Succeeded, (await service.OperationAsync(operation.Id)).Status);
        Assert.Equal(["a"], await service.MessagesAsync("t"));
    }

    [Fact]
    public async Task A_redrive_puts_back_whatever_stands_on_the_poison_queue_and_no_more_than_it_was_told()
    {
        var large = Convert.ToBase64String(new byte[48 * 1_024]);
        await service.DeliverTextAsync("<not base64>");
        await service.DeliverAsync("not json");
        await service.DeliverTextAsync(large);
        await azurite.Poison.SendMessageAsync(Service.Encode(Inline), Token); // as a Functions host puts a message there
        Assert.Equal(5, await Azurite.CountAsync(azurite.Poison)); // the large one and its reason are two

        Assert.Equal(2, await service.Get<RedrivePoison>().RunAsync(limit: 2, Token));
        Assert.Equal(3, await service.Get<RedrivePoison>().RunAsync(limit: 100, Token));

        Assert.Equal(0, await Azurite.CountAsync(azurite.Poison));
        var back = (await azurite.Operations.ReceiveMessagesAsync(32, cancellationToken: Token)).Value.Select(message => message.MessageText);
        Assert.Equal(new[] { "<not base64>", Service.Encode("not json"), large, Service.Encode(Inline) }.Order(), back.Order());
    }

    [Fact]
    public async Task What_another_worker_has_is_looked_at_again_when_its_lease_may_be_over()
    {
        var operation = await service.AcceptAsync("t", "r", "a");
        await azurite.Operations.ClearMessagesAsync(Token);
        await service.Get<IOperationStore>().ClaimAsync(32, TimeSpan.FromSeconds(1), DateTimeOffset.UtcNow, Token); // by a worker that dies

        await service.DeliverTextAsync(OperationMessage.Announce(operation.Id));

        Assert.Equal(OperationStatus.Running, (await service.OperationAsync(operation.Id)).Status);
        Assert.Null((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value);
        await Task.Delay(2_000, Token);
        await service.DeliverTextAsync((await azurite.Operations.ReceiveMessageAsync(cancellationToken: Token)).Value.MessageText);
        var ended = await service.OperationAsync(operation.Id);
        Assert.Equal((OperationStatus.Succeeded, 2), (ended.Status, ended.Attempts));
    }

    [Fact]
    public async Task An_append_that_was_run_wakes_whoever_embeds_and_a_wake_up_leaves_nothing_waiting()
    {
        await using var openAI = await FakeOpenAI.StartAsync();
        await using var embedding = new Service(
            azurite.Options, ("Memory:Embedding:Provider", "openai"), ("Memory:Embedding:OpenAI:Url", $"{openAI.Url}/v1"), ("Memory:Embedding:OpenAI:ApiKey", openAI.Key));
        await embedding.DeliverAsync(Inline);
        Assert.Equal(1, await Azurite.CountAsync(azurite.Embeddings));
        var store = embedding.Get<IEmbeddingStore>();
        Assert.Null(await store.FindSpaceAsync(Token));

        await embedding.Get<QueueHandlers>().EmbeddingAsync(new QueueDelivery("whatever it says", "m1", 1), Token);

        Assert.NotNull(await store.FindSpaceAsync(Token));
        Assert.Empty(await store.ClaimAsync(10, TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow.AddDays(1), Token));
    }

    [Theory]
    [InlineData(QueueHandlers.MaxDeliveries - 1)]
    [InlineData(QueueHandlers.MaxDeliveries)]
    public async Task While_the_storage_is_away_a_message_is_delivered_again_until_it_is_given_up(int delivery)
    {
        var fault = new MemoryStoreException("libsql", "find an operation", isTransient: true, "it is locked");
        var store = new Mock<IOperationStore>();
        store.Setup(it => it.FindAsync("o", Token)).ThrowsAsync(fault);
        List<GivenUp> givenUp = [];
        var transport = new Mock<IOperationTransport>(MockBehavior.Strict);
        transport.Setup(it => it.TryPoisonAsync(Capture.In(givenUp), Token)).ReturnsAsync(true);
        var text = OperationMessage.Announce("o");

        var thrown = await Record.ExceptionAsync(() => Handlers(store.Object, transport.Object).OperationAsync(new QueueDelivery(text, "m1", delivery), Token));

        if (delivery < QueueHandlers.MaxDeliveries)
        {
            Assert.Same(fault, thrown);
            Assert.Empty(givenUp);
        }
        else
        {
            Assert.Null(thrown);
            Assert.Equal([new GivenUp(text, "m1", null, delivery, new OperationError("backend_unavailable", "it is locked"))], givenUp);
        }
    }

    [Fact]
    public async Task What_cannot_be_put_on_the_poison_queue_is_delivered_again()
    {
        var transport = new Mock<IOperationTransport>();
        transport.Setup(it => it.TryPoisonAsync(It.IsAny<GivenUp>(), Token)).ReturnsAsync(false);

        var thrown = await Assert.ThrowsAsync<MemoryStoreException>(() =>
            Handlers(Mock.Of<IOperationStore>(), transport.Object).OperationAsync(new QueueDelivery("<not base64>", "m1", 1), Token));

        Assert.True(thrown.IsTransient);
    }

    [Fact]
    public async Task What_was_accepted_while_the_queue_was_away_is_the_sweeps()
    {
        azurite.Options.ConnectionString = QueueChannelTests.Refused;
        await using var lonely = new Service(azurite.Options);
        var ids = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            ids.Add((await lonely.AcceptAsync("t", "r", i.ToString(CultureInfo.InvariantCulture))).Id);
        }

        await lonely.Get<Sweep>().RunAsync(Token);

        foreach (var id in ids)
        {
            Assert.Equal(OperationStatus.Succeeded, (await lonely.OperationAsync(id)).Status);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(i => i.ToString(CultureInfo.InvariantCulture)), await lonely.MessagesAsync("t"));
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        azurite.Options.ConnectionString = Azurite.Account;
        await azurite.DisposeAsync();
    }

    private static QueueAdmission Admission() => new ServiceCollection().AddMemoryQueueHandlers().AddSingleton(TimeProvider.System).BuildServiceProvider().GetRequiredService<QueueAdmission>();

    private static QueueHandlers Handlers(IOperationStore store, IOperationTransport transport)
    {
        var append = new AppendMessages(Mock.Of<IMessageStore>(), TimeProvider.System);
        return new QueueHandlers(
            append, new AcceptOperations(store, Mock.Of<IOperationSignal>(), TimeProvider.System),
            new RunOperations(store, append, new OperationOptions(), TimeProvider.System, transport: transport), transport, Admission(), TimeProvider.System, NullLogger<QueueHandlers>.Instance);
    }
}
