using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Memory.Fakes;

namespace Memory.Server.Tests;

public sealed class EmbeddingOutageTests(ITestOutputHelper output)
{
    private const int Dimensions = 64;

    // Longer when somebody wants to see it: MEMORY_TEST_OUTAGE_SECONDS=60.
    private static readonly TimeSpan Outage = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable("MEMORY_TEST_OUTAGE_SECONDS") ?? "5", CultureInfo.InvariantCulture));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Inline")]
    [InlineData("Queued")]
    public async Task Through_an_outage_no_append_fails_recall_answers_and_then_every_message_gets_its_one_vector(string mode)
    {
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        await using var server = await StartAsync(folder, embedder, $"Memory__Embedding__Mode={mode}");
        var traffic = new Traffic(threads: 3);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var recalls = RecallAsync(server.Client, stop.Token);
        var writing = WriteAsync(traffic, server.Client, stop.Token);

        await traffic.WaitAsync(more: 50);
        Func<int, FakeFault?>[] faults =
        [
            _ => FakeFault.Answer(429, ("Retry-After", "1")), _ => FakeFault.Answer(500), _ => FakeFault.Reset, _ => FakeFault.Truncated,
            _ => FakeFault.Answer(401), request => request % 2 == 0 ? FakeFault.Answer(503) : null, _ => FakeFault.Garbage,
        ];
        foreach (var fault in faults)
        {
            embedder.Fault = fault;
            await Task.Delay(Outage / (faults.Length + 1), Token);
        }

        embedder.Fault = null;
        embedder.Delay = token => Task.Delay(Timeout.Infinite, token); // hangs
        await Task.Delay(Outage / (faults.Length + 1), Token);
        embedder.Delay = null;
        await traffic.WaitAsync(more: 50);
        await stop.CancelAsync();
        await writing;

        var (answered, byWords) = await recalls;
        Assert.True(answered > 0 && byWords > 0, $"{answered} recalls, {byWords} of them by words.");
        await traffic.VerifyAsync(server.Client);
        var messages = await StoredVectors.VerifyAsync(folder, Dimensions);
        Assert.True(messages >= traffic.Answered);
        output.WriteLine($"{messages} messages, each with its one vector; {answered} recalls answered, {byWords} of them by words alone; outage of {Outage.TotalSeconds} s");
    }

    [Fact]
    public async Task Killed_at_any_moment_it_goes_on_and_every_message_gets_its_one_vector()
    {
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        var traffic = new Traffic(threads: 3);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < 6; round++)
        {
            // Slow enough that kills come before, within and after a call, and failing now and then.
            var slowness = random.Next(0, 40);
            embedder.Delay = token => Task.Delay(slowness, token);
            embedder.Fault = request => request % 5 == 0 ? FakeFault.Answer(500) : null;
            await using var server = await StartAsync(folder, embedder, $"Memory__Embedding__Mode={(round % 2 == 0 ? "Inline" : "Queued")}");
            var writing = traffic.WriteAsync(server.Client, writers: 6);
            await traffic.WaitAsync(more: 20);
            await Task.Delay(random.Next(0, 300), Token);
            await server.KillAsync();
            await writing;
        }

        (embedder.Delay, embedder.Fault) = (null, null);
        await using var last = await StartAsync(folder, embedder);
        await traffic.VerifyAsync(last.Client);
        output.WriteLine($"{await StoredVectors.VerifyAsync(folder, Dimensions)} messages, each with its one vector, after 6 kills (seed {seed})");
    }

    [Fact]
    public async Task A_move_to_another_embedder_survives_kills_and_ends()
    {
        using var folder = new TempFolder();
        await using var before = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions });
        await using var after = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = 32, Model = "another" });
        var traffic = new Traffic(threads: 3);
        await using (var server = await StartAsync(folder, before))
        {
            await traffic.WriteAsync(server.Client, writers: 6, each: 50);
        }

        after.Delay = token => Task.Delay(30, token);
        string operation;
        await using (var server = await StartAsync(folder, after, "Memory__Embedding__OpenAI__Model=another", "Memory__Embedding__BatchMessages=8"))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, await AskedAsync(server.Client));
            using var accepted = await PostAsync(server.Client, "/v1/reembed", "");
            Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
            operation = accepted.Headers.Location!.ToString();
            await Task.Delay(300, Token);
            await server.KillAsync();
        }

        after.Delay = null;
        await using var last = await StartAsync(folder, after, "Memory__Embedding__OpenAI__Model=another");
        Assert.Equal(300, await StoredVectors.VerifyAsync(folder, dimensions: 32));
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(50, Token))
        {
            var state = await last.Client.GetFromJsonAsync<JsonElement>(operation, Token);
            if (state.GetProperty("status").GetString() == "succeeded")
            {
                Assert.Equal(("another", 32, 0), (
                    state.GetProperty("result").GetProperty("model").GetString(), state.GetProperty("result").GetProperty("dimensions").GetInt32(), state.GetProperty("result").GetProperty("remaining").GetInt32()));
                break;
            }

            Assert.True(DateTime.UtcNow < deadline, state.GetRawText());
        }

        using var recall = await PostAsync(last.Client, "/v1/resources/r/recall", """{"query":"content"}""");
        Assert.Equal(HttpStatusCode.OK, recall.StatusCode);
    }

    // A server that has just started may get its first vector too late for the question, which is then searched for by words: that is an answer too.
    private static async Task<HttpStatusCode> AskedAsync(HttpClient client)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(30); ; await Task.Delay(50, Token))
        {
            using var response = await PostAsync(client, "/v1/resources/r/recall", """{"query":"content"}""");
            if (response.StatusCode != HttpStatusCode.OK || DateTime.UtcNow > deadline)
            {
                return response.StatusCode;
            }
        }
    }

    // Limits and waits short enough for a test; what they do is the same.
    private static Task<ServerProcess> StartAsync(TempFolder folder, FakeOpenAI embedder, params string[] settings) => ServerProcess.StartAsync(
        folder,
        [
            "Memory__Embedding__Provider=openai", $"Memory__Embedding__OpenAI__Url={embedder.Url}/v1", $"Memory__Embedding__OpenAI__ApiKey={embedder.Key}",
            "Memory__Embedding__InlineTimeoutSeconds=0.3", "Memory__Embedding__QueryTimeoutSeconds=0.3", "Memory__Embedding__SweepSeconds=0.1",
            "Memory__Embedding__LeaseSeconds=2", "Memory__Embedding__MaxRetrySeconds=1", "Memory__Embedding__Service__BreakerSeconds=1", "Memory__Embedding__Service__Retries=1",
            "Memory__Operations__LeaseSeconds=1", "Memory__Operations__MaxAttempts=50", "Memory__Operations__SweepSeconds=0.1", "Logging__LogLevel__Default=Error",
            "Logging__LogLevel__Memory.Server=Information",
            .. settings,
        ]);

    private static Task WriteAsync(Traffic traffic, HttpClient client, CancellationToken stop) => Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
    {
        while (!stop.IsCancellationRequested)
        {
            await traffic.WriteAsync(client, writers: 1, each: 1);
            await Task.Delay(5, CancellationToken.None); // load, not a flood: what is written must be embedded before the test ends
        }
    }));

    private static async Task<(int Answered, int ByWords)> RecallAsync(HttpClient client, CancellationToken stop)
    {
        var (answered, byWords) = (0, 0);
        while (!stop.IsCancellationRequested)
        {
            using var response = await PostAsync(client, "/v1/resources/r/recall", $$"""{"query":"content of question {{answered}}","explain":true}""");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var explain = (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken.None)).GetProperty("explain");
            answered++;
            byWords += explain.TryGetProperty("dense", out var dense) && dense.TryGetProperty("failure", out _) ? 1 : 0;
        }

        return (answered, byWords);
    }

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string json) =>
        client.PostAsync(path, new StringContent(json, System.Text.Encoding.UTF8, "application/json"), Token);
}
