using System.Text;
using Memory.Core;
using Memory.Hosting;
using Memory.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moq;

namespace Memory.Queues.Tests;

/// <summary>The service composed as a host does it, on a database in memory and a test's own queues. It has no workers: the test is the host.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly ServiceProvider services;

    public Service(QueueOptions queues, params (string Key, string Value)[] settings)
    {
        Dictionary<string, string?> values = new()
        {
            ["Memory:Storage:Backend"] = "libsql",
            ["Memory:LibSql:Url"] = ":memory:",
            ["Memory:Queue:ConnectionString"] = queues.ConnectionString,
            ["Memory:Queue:OperationQueue"] = queues.OperationQueue,
            ["Memory:Queue:EmbeddingQueue"] = queues.EmbeddingQueue,
        };
        foreach (var (key, value) in settings)
        {
            values[key] = value;
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(Logs))
            .AddMemory(configuration, Mock.Of<IHostEnvironment>(it => it.EnvironmentName == "Production"))
            .AddMemoryHttp(configuration.GetSection("Memory:Http"))
            .AddMemoryQueueHandlers()
            .BuildServiceProvider();
    }

    public Logs Logs { get; } = new();

    public T Get<T>()
        where T : notnull => services.GetRequiredService<T>();

    /// <summary>Delivers a message that says this JSON.</summary>
    public Task DeliverAsync(string json, string messageId = "m1", long deliveries = 1, DateTimeOffset? sentAt = null) => DeliverTextAsync(Encode(json), messageId, deliveries, sentAt);

    /// <summary>Delivers a message as it stands on the queue.</summary>
    public Task DeliverTextAsync(string text, string messageId = "m1", long deliveries = 1, DateTimeOffset? sentAt = null) =>
        Get<QueueHandlers>().OperationAsync(new QueueDelivery(text, messageId, deliveries, sentAt), TestContext.Current.CancellationToken);

    /// <summary>Accepts an append as the API does.</summary>
    public Task<Operation> AcceptAsync(string threadId, string? resourceId, string messageId)
    {
        var request = new AppendRequest { ResourceId = resourceId, Messages = [new MessageInput { Id = messageId, Role = "user", Content = new RawJson("\"secret words\"") }] };
        var batch = Get<AppendMessages>().Prepare(threadId, request);
        return Get<AcceptOperations>().AcceptAppendAsync(request, batch, idempotencyKey: null, TestContext.Current.CancellationToken);
    }

    /// <summary>The ids of a thread's messages, in order; none when there is no thread.</summary>
    public async Task<string[]> MessagesAsync(string threadId) =>
        [.. (await Get<IMessageStore>().ReadAsync(new MessageRead { ThreadId = threadId, Last = 100 }, TestContext.Current.CancellationToken) ?? []).Select(message => message.Id)];

    public async Task<Operation> OperationAsync(string operationId) =>
        await Get<IOperationStore>().FindAsync(operationId, TestContext.Current.CancellationToken) ?? throw new InvalidOperationException($"No operation {operationId}.");

    public async ValueTask DisposeAsync() => await services.DisposeAsync();

    public static string Encode(string json) => Convert.ToBase64String(Encoding.UTF8.GetBytes(json));

    public static string Decode(string text) => Encoding.UTF8.GetString(Convert.FromBase64String(text));
}
