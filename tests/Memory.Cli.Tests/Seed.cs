using Memory.Core;
using Memory.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Memory.Cli.Tests;

/// <summary>Puts things into a backend as the service would.</summary>
internal static class Seed
{
    /// <summary>Opens a backend with settings, and works on it.</summary>
    public static async Task OnAsync(IReadOnlyDictionary<string, string> settings, Func<IServiceProvider, Task> work)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key.Replace("__", ":", StringComparison.Ordinal), (string?)setting.Value))).Build();
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddMemory(configuration, new Somewhere());
        services.AddSingleton<IEmbeddingSignal, Silent>();
        await using var provider = services.BuildServiceProvider();
        await work(provider);
    }

    /// <summary>Two threads of the resource <c>ada</c> and one of <c>bob</c>: kitchen (3 messages), travel (1) and garden (2).</summary>
    public static Task ConversationsAsync(IReadOnlyDictionary<string, string> settings) => OnAsync(settings, async services =>
    {
        await AppendAsync(services, "ada", "kitchen", ("k1", "I am allergic to peanuts, remember that."), ("k2", "Noted."), ("k3", "My sister Eva visits in March."));
        await AppendAsync(services, "ada", "travel", ("t1", "Book the train to Vienna."));
        await AppendAsync(services, "bob", "garden", ("g1", "The roses need water."), ("g2", "\u001b[31mred\u001b[0m \"quoted\"\nsecond line"));
    });

    /// <summary>A thread of ada's that has not changed for 40 days.</summary>
    public static async Task AgeAsync(IServiceProvider services)
    {
        var then = services.GetRequiredService<TimeProvider>().GetUtcNow().AddDays(-40).ToMicroseconds();
        var thread = new ThreadRecord { Id = "old", ResourceId = "ada", CreatedAt = then, UpdatedAt = then, Version = 1 };
        Assert.True(await services.GetRequiredService<IMessageStore>().CreateThreadAsync(thread));
    }

    /// <summary>An operation that failed for good.</summary>
    public static Task FailedOperationAsync(IReadOnlyDictionary<string, string> settings, string id) => OnAsync(settings, async services =>
    {
        var store = services.GetRequiredService<IOperationStore>();
        var now = services.GetRequiredService<TimeProvider>().GetUtcNow();
        await store.AcceptAsync(new Operation { Id = id, Kind = "append", ThreadId = "kitchen", Payload = new RawJson("{}"), CreatedAt = now, UpdatedAt = now });
        var claimed = Assert.Single(await store.ClaimAsync(10, TimeSpan.FromMinutes(1), now), operation => operation.Id == id);
        Assert.True(await store.FailAsync(id, claimed.Attempts, new OperationError("thread_not_found", "There is no thread 'kitchen'."), retryAt: null, now));
    });

    public static async Task AppendAsync(IServiceProvider services, string resource, string thread, params (string Id, string Text)[] messages)
    {
        var append = services.GetRequiredService<AppendMessages>();
        await append.AppendAsync(append.Prepare(thread, new AppendRequest
        {
            ResourceId = resource,
            Messages = [.. messages.Select(message => new MessageInput { Id = message.Id, Role = "user", Content = MessageContent.FromText(message.Text).Json })],
        }));
    }

    private sealed class Silent : IEmbeddingSignal
    {
        public Task AnnounceAsync(CancellationToken cancellationToken = default) => Task.CompletedTask;
    }

    private sealed class Somewhere : IHostEnvironment
    {
        public string EnvironmentName { get; set; } = Environments.Production;

        public string ApplicationName { get; set; } = "tests";

        public string ContentRootPath { get; set; } = AppContext.BaseDirectory;

        public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();
    }
}
