using Memory.Core;
using Memory.Http;
using Microsoft.Extensions.Options;

namespace Memory.Queues.Tests;

/// <summary>Whose memory a message on the queue may go to, and what becomes of one that comes too late.</summary>
public sealed class QueueAccessTests : IAsyncDisposable
{
    private const string SigningKey = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly Azurite azurite = new(Azurite.Account);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => azurite.DisposeAsync();

    [Fact]
    public async Task With_a_token_an_append_goes_to_its_resource_only()
    {
        await using var service = Start(isRequired: false);
        var token = Issue(service, "ada", AccessScopes.Write);
        await service.DeliverAsync(Append("t", null, token), "m1");
        Assert.Equal("ada", (await service.Get<IMessageStore>().FindThreadAsync("t", Token))?.ResourceId);

        await service.DeliverAsync(Append("u", "bob", token), "m2");
        await service.DeliverAsync(Append("u", null, Issue(service, "ada", AccessScopes.Read)), "m3");
        await service.DeliverAsync(Append("u", null, token[..^2]), "m4");
        await service.DeliverAsync(Append("u", "ada", "mem_abcdefghjkmn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"), "m5");
        await service.DeliverAsync(Append("t", "bob", token: null), "m6"); // trusted, and still not another's thread
        Assert.Empty(await service.MessagesAsync("u"));
        Assert.Equal(["one"], await service.MessagesAsync("t"));
        Assert.Equal(["forbidden", "forbidden", "unauthorized", "unauthorized", "thread_not_found"], await PoisonAsync(service));
    }

    [Fact]
    public async Task Where_tokens_are_asked_for_a_message_without_one_does_nothing()
    {
        await using var service = Start(isRequired: true);
        await service.DeliverAsync(Append("t", "ada", token: null), "m1");
        Assert.Empty(await service.MessagesAsync("t"));
        Assert.Equal(["unauthorized"], await PoisonAsync(service));

        await service.DeliverAsync(Append("t", "ada", Issue(service, "ada", AccessScopes.Write)), "m2");
        Assert.Equal(["one"], await service.MessagesAsync("t"));
    }

    [Fact]
    public async Task What_was_sent_before_an_erasure_and_comes_after_it_does_nothing_and_leaves_nothing()
    {
        await using var service = Start(isRequired: false);
        var (store, now) = (service.Get<IMessageStore>(), TimeProvider.System.GetUtcNow());
        var waiting = await service.AcceptAsync("t", "ada", "accepted");
        var nameless = await service.AcceptAsync("t", "ada", "first");
        await service.Get<Sweep>().RunAsync(Token);
        var late = await service.AcceptAsync("t", "ada", "late");
        await store.EraseResourceAsync("ada", TimeProvider.System.GetUtcNow(), Token);

        foreach (var operation in (Operation[])[waiting, nameless, late])
        {
            await service.DeliverTextAsync(OperationMessage.Announce(operation.Id), operation.Id);
            Assert.Null(await service.Get<IOperationStore>().FindAsync(operation.Id, Token));
        }

        await service.DeliverAsync(Append("t", "ada", token: null), "m1", sentAt: now);
        await service.DeliverAsync(Append("t", "ada", token: null), "m1", deliveries: 2, sentAt: now);
        Assert.Null(await store.FindThreadAsync("t", Token));
        Assert.Equal(new ErasedCounts(0, 0, 0, 0, 0), await store.EraseResourceAsync("ada", TimeProvider.System.GetUtcNow(), Token));
        Assert.Empty(await PoisonAsync(service));

        await service.DeliverAsync(Append("t", "ada", token: null), "m2", sentAt: TimeProvider.System.GetUtcNow());
        Assert.Equal(["one"], await service.MessagesAsync("t"));
    }

    private Service Start(bool isRequired) => new(azurite.Options, ("Memory:Http:Tokens:SigningKey", SigningKey), ("Memory:Http:RequireQueueTokens", $"{isRequired}"));

    private static string Issue(Service service, string resourceId, AccessScopes scopes) =>
        new ResourceTokens(service.Get<IOptions<HttpOptions>>(), TimeProvider.System).Issue(resourceId, scopes, TimeSpan.FromMinutes(5)).Token;

    private static string Append(string thread, string? resource, string? token) =>
        $$"""{"version":1,{{(token is null ? "" : $"\"token\":\"{token}\",")}}{{(resource is null ? "" : $"\"resourceId\":\"{resource}\",")}}"threadId":"{{thread}}","messages":[{"id":"one","role":"user","content":"hello"}]}""";

    /// <summary>The codes of what stands on the poison queue, oldest first.</summary>
    private static async Task<string[]> PoisonAsync(Service service) =>
        [.. (await service.Get<QueueServices>().PoisonOperations.ReceiveAsync(QueueChannel.MaxReceived, TimeSpan.FromSeconds(30), Token)).Select(message => PoisonMessage.TryParse(message.Text, out var poison) ? poison.Code : message.Text)];
}
