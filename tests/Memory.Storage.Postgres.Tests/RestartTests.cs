using System.Collections.Concurrent;
using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The server goes away under load and comes back: what was answered is there, once, in order.</summary>
public sealed class RestartTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Crashes_and_restarts_under_load_lose_nothing_and_double_nothing()
    {
        await using var server = await TestDatabase.OwnServerAsync();
        var options = new PostgresOptions { Url = server.ConnectionString, ConnectTimeoutSeconds = 5 };
        options.Pool.Min = 0;
        await using var database = PostgresDatabase.Open(options);
        var store = new PostgresMessageStore(database);
        await store.CheckAsync(Token);

        var answered = new ConcurrentDictionary<(string Thread, string Id), long>();
        var failures = new ConcurrentBag<MemoryStoreException>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() => WriteAsync(store, $"t{writer % 2}", $"w{writer}", answered, failures, stop.Token), Token)).ToList();
        for (var round = 0; round < 4; round++)
        {
            await Task.Delay(TimeSpan.FromSeconds(0.5), Token);
            await (round % 2 == 0 ? server.CrashAsync() : server.RestartAsync());
        }

        await Task.Delay(TimeSpan.FromSeconds(0.5), Token);
        await stop.CancelAsync();
        await Task.WhenAll(writers);

        Assert.All(failures, failure => Assert.True(failure.IsTransient, failure.Message));
        Assert.True(answered.Count > 50, $"Only {answered.Count} messages were answered.");
        foreach (var thread in (string[])["t0", "t1"])
        {
            var stored = (await store.PageAsync(new MessageListing(thread, 1_000_000, Descending: false, null, null), Token))!.Items; // appended to
            Assert.Equal(Enumerable.Range(1, stored.Count).Select(position => (long)position), stored.Select(message => message.Position));
            Assert.Equal(stored.Count, stored.Select(message => message.Id).Distinct().Count());
            var positions = stored.ToDictionary(message => message.Id, message => message.Position);
            Assert.All(answered.Where(item => item.Key.Thread == thread), item => Assert.Equal(item.Value, positions[item.Key.Id]));
        }
    }

    // Each message until it is answered, as a client does that is told to try again.
    private static async Task WriteAsync(
        PostgresMessageStore store, string thread, string writer, ConcurrentDictionary<(string, string), long> answered, ConcurrentBag<MemoryStoreException> failures, CancellationToken stop)
    {
        var append = new AppendMessages(store, TimeProvider.System);
        for (var number = 0; !stop.IsCancellationRequested; number++)
        {
            var batch = append.Prepare(thread, new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(2, $"{writer}-{number}-") });
            for (var done = false; !done && !stop.IsCancellationRequested;)
            {
                try
                {
                    foreach (var message in (await store.AppendAsync(batch, CancellationToken.None)).Messages)
                    {
                        answered[(thread, message.Id)] = message.Position;
                    }

                    done = true;
                }
                catch (MemoryStoreException failure)
                {
                    failures.Add(failure);
                    await Task.Delay(50, CancellationToken.None);
                }
            }
        }
    }
}
