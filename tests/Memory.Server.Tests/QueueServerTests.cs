using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Memory.Queues.Tests;

namespace Memory.Server.Tests;

/// <summary>Server processes that take operations from a queue.</summary>
public sealed class QueueServerTests(ITestOutputHelper output)
{
    private const int Threads = 20;

    // Of each worker: a start costs far more than the work that it is to do.
    private const int MostKills = 5;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Ten_thousand_operations_whose_workers_are_killed_and_whose_messages_come_twice_have_their_effect_once()
    {
        const int viaHttp = 4_000, direct = 6_000;
        await using var azurite = new Azurite(Azurite.Account);
        using var folder = new TempFolder();
        var random = new Random(Environment.TickCount);
        var started = Stopwatch.StartNew();
        await using var front = await ServerProcess.StartAsync(folder, Settings(azurite));
        Assert.Contains("Queue: http://127.0.0.1:", front.StartLine, StringComparison.Ordinal);

        // Two more that only work, and are killed again and again until everything is there.
        using var enough = new CancellationTokenSource();
        var kills = Task.WhenAll(Enumerable.Range(0, 2).Select(_ => KillAgainAndAgainAsync(folder, azurite, random, enough.Token)));
        try
        {
            var backlog = new Backlog(azurite, enough.Token);
            var locations = new ConcurrentBag<string>();
            await Task.WhenAll(
                EachAsync(viaHttp, 16, async i =>
                {
                    await backlog.WaitAsync();
                    locations.Add(await AcceptAsync(front.Client, $"h{i}", $"t{i % Threads}"));
                }),
                EachAsync(direct, 16, async i =>
                {
                    await backlog.WaitAsync();
                    await SendAsync(azurite, $"d{i}", $"t{i % Threads}", times: i % 7 == 0 ? 2 : 1);
                }));

            // Announcements that come twice, too, of operations long done.
            await EachAsync(500, 16, i => azurite.Operations.SendMessageAsync(Memory.Core.OperationMessage.Announce(locations.ElementAt(i).Split('/')[^1]), Token));
            await DrainAsync(azurite, TimeSpan.FromSeconds(60));
        }
        finally
        {
            await enough.CancelAsync();
        }

        var killed = (await kills).Sum();
        output.WriteLine($"{viaHttp + direct} operations in {started.Elapsed.TotalSeconds:0.0} s, {killed} kills");

        HashSet<string> ids = [];
        for (var thread = 0; thread < Threads; thread++)
        {
            var messages = await Traffic.ReadAsync(front.Client, thread);
            Assert.Equal(Enumerable.Range(1, messages.Count).Select(position => (long)position), messages.Select(message => message.Position));
            Assert.All(messages, message => Assert.True(ids.Add(message.Id), $"{message.Id} is there twice."));
        }

        Assert.Equal(Enumerable.Range(0, viaHttp).Select(i => $"h{i}").Concat(Enumerable.Range(0, direct).Select(i => $"d{i}")).Order(), ids.Order());
        Assert.True(killed >= 4, $"Only {killed} workers were killed.");
        Assert.Empty(await azurite.PoisonedAsync());
    }

    [Fact]
    public async Task What_was_accepted_while_the_queue_was_away_is_done_by_the_sweep_and_what_comes_later_by_the_queue()
    {
        await using var own = await OwnAzurite.StartAsync();
        var azurite = new Azurite(own.Account); // its queues go with the server
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, [.. Settings(azurite, sweep: false), "Memory__Queue__SweepSeconds=3"]);
        await EndsAsync(server, await AcceptAsync(server.Client, "before", "t0"));

        await own.KillAsync();
        var away = await AcceptAsync(server.Client, "away", "t0");
        await EndsAsync(server, away);

        await own.RestartAsync();
        await EndsAsync(server, await AcceptAsync(server.Client, "after", "t0"));
        Assert.Equal(["before", "away", "after"], (await Traffic.ReadAsync(server.Client, 0)).Select(message => message.Id));
        Assert.Contains("could not be announced", server.Output, StringComparison.Ordinal);
        Assert.Contains("cannot be reached", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Garbage_and_what_fails_go_to_the_poison_queue_with_a_line_in_the_log()
    {
        await using var azurite = new Azurite(Azurite.Account);
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, Settings(azurite));
        await azurite.Operations.CreateIfNotExistsAsync(cancellationToken: Token);
        await azurite.Operations.SendMessageAsync("<not base64> secret words", Token);
        await azurite.Operations.SendMessageAsync(Encode("""{"version":1,"threadId":"ghost","messages":[{"role":"user","content":"secret words"}]}"""), Token);
        await SendAsync(azurite, "good", "t0", times: 1);

        await DrainAsync(azurite, TimeSpan.FromSeconds(30));

        Assert.Equal(["invalid_request", "thread_not_found"], (await azurite.PoisonedAsync()).Select(poison => poison.Code).Order());
        Assert.Equal(["good"], (await Traffic.ReadAsync(server.Client, 0)).Select(message => message.Id));
        Assert.Equal(2, server.Output.Split('\n').Count(line => line.Contains("went to the poison queue", StringComparison.Ordinal)));
        Assert.DoesNotContain("secret words", server.Output, StringComparison.Ordinal);
        Assert.DoesNotContain("AccountKey", server.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_message_whose_worker_was_killed_is_anothers_when_its_lease_is_over()
    {
        await using var azurite = new Azurite(Azurite.Account);
        using var folder = new TempFolder();
        await azurite.Operations.CreateIfNotExistsAsync(cancellationToken: Token);
        await SendAsync(azurite, "d", "t0", times: 1);
        var taken = (await azurite.Operations.ReceiveMessageAsync(TimeSpan.FromSeconds(3), Token)).Value; // by a worker that is no more
        Assert.NotNull(taken);

        await using var server = await ServerProcess.StartAsync(folder, Settings(azurite));

        await DrainAsync(azurite, TimeSpan.FromSeconds(30));
        Assert.Equal(["d"], (await Traffic.ReadAsync(server.Client, 0)).Select(message => message.Id));
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_finishes_what_it_has_taken_and_leaves_the_rest()
    {
        await using var azurite = new Azurite(Azurite.Account);
        using var folder = new TempFolder();
        await azurite.Operations.CreateIfNotExistsAsync(cancellationToken: Token);
        await EachAsync(300, 16, i => SendAsync(azurite, $"d{i}", "t0", times: 1));
        await using (var first = await ServerProcess.StartAsync(folder, Settings(azurite)))
        {
            Assert.Equal(0, await first.StopAsync());
            Assert.DoesNotContain("   at ", first.Output, StringComparison.Ordinal);
        }

        await using var second = await ServerProcess.StartAsync(folder, Settings(azurite));

        await DrainAsync(azurite, TimeSpan.FromSeconds(60));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => $"d{i}").Order(), (await Traffic.ReadAsync(second.Client, 0)).Select(message => message.Id).Order());
    }

    // Short leases, so that what a killed worker held is soon another's; the sweep is out of the way unless a test is about it.
    private static string[] Settings(Azurite azurite, bool sweep = true) =>
    [
        $"Memory__Queue__ConnectionString={azurite.Options.ConnectionString}",
        $"Memory__Queue__OperationQueue={azurite.Options.OperationQueue}",
        $"Memory__Queue__EmbeddingQueue={azurite.Options.EmbeddingQueue}",
        "Memory__Queue__LeaseSeconds=5", "Memory__Queue__RetrySeconds=1", "Memory__Queue__PollSeconds=0.2",
        "Memory__Operations__LeaseSeconds=2", "Memory__Operations__MaxAttempts=50",
        .. sweep ? ["Memory__Queue__SweepSeconds=3600"] : (string[])[],
    ];

    /// <summary>Runs a worker for a moment and kills it, again and again; the last one goes on until told to stop.</summary>
    /// <returns>How many were killed.</returns>
    private static async Task<int> KillAgainAndAgainAsync(TempFolder folder, Azurite azurite, Random random, CancellationToken enough)
    {
        for (var kills = 0; ; kills++)
        {
            await using var worker = await ServerProcess.StartAsync(folder, Settings(azurite));
            try
            {
                await Task.Delay(kills < MostKills ? TimeSpan.FromMilliseconds(random.Next(500, 4_000)) : Timeout.InfiniteTimeSpan, enough);
            }
            catch (OperationCanceledException)
            {
                return kills;
            }

            await worker.KillAsync();
        }
    }

    private static async Task<string> AcceptAsync(HttpClient client, string id, string thread)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/threads/{thread}/messages")
        {
            Content = JsonContent.Create(new { resourceId = "r", messages = new[] { new { id, role = "user", content = $"content of {id}" } } }),
        };
        request.Headers.Add("Prefer", "respond-async");
        using var response = await client.SendAsync(request, Token);
        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        return response.Headers.Location!.ToString(); // every 202 has one
    }

    private static async Task SendAsync(Azurite azurite, string id, string thread, int times)
    {
        var body = JsonSerializer.Serialize(new
        {
            version = 1,
            id = $"key of {id}",
            threadId = thread,
            resourceId = "r",
            messages = new[] { new { id, role = "user", content = $"content of {id}" } },
        });
        for (var i = 0; i < times; i++)
        {
            await azurite.Operations.SendMessageAsync(Encode(body), Token);
        }
    }

    private static Task EachAsync(int count, int writers, Func<int, Task> act) => Task.WhenAll(Enumerable.Range(0, writers).Select(async writer =>
    {
        for (var i = writer; i < count; i += writers)
        {
            await act(i);
        }
    }));

    private static async Task DrainAsync(Azurite azurite, TimeSpan patience)
    {
        for (var deadline = DateTime.UtcNow + patience; await Azurite.CountAsync(azurite.Operations) is > 0 and var left; await Task.Delay(200, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, string.Create(CultureInfo.InvariantCulture, $"{left} messages are left after {patience}."));
        }
    }

    private static async Task EndsAsync(ServerProcess server, string location)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(50, Token))
        {
            var status = (await server.Client.GetFromJsonAsync<JsonElement>(location, Token)).GetProperty("status").GetString();
            if (status is "succeeded" or "failed" || DateTime.UtcNow > deadline)
            {
                Assert.Equal("succeeded", status);
                return;
            }
        }
    }

    /// <summary>Holds writers back while the queue is long: every call to an Azurite takes time in proportion to its messages, which Azure's does not.</summary>
    private sealed class Backlog
    {
        private const int Most = 300;
        private volatile int count;

        public Backlog(Azurite azurite, CancellationToken enough) => _ = Task.Run(async () =>
        {
            for (; !enough.IsCancellationRequested; await Task.Delay(50, CancellationToken.None))
            {
                count = await Azurite.CountAsync(azurite.Operations);
            }
        }, Token);

        public async Task WaitAsync()
        {
            while (count > Most)
            {
                await Task.Delay(20, Token);
            }
        }
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));
}
