using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Azure.Identity;
using Memory.Fakes;
using Memory.Hosting;
using Memory.Queues.Tests;

namespace Memory.Server.Tests;

/// <summary>What leaves the server process for whoever watches it.</summary>
public sealed class TelemetryTests
{
    private const string Canary = "canaryword";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(null, false)]
    [InlineData("", false)]
    [InlineData("ClientId=x", false)]
    [InlineData("Authorization=AAD", true)]
    [InlineData("ClientId=x;Authorization=aad", true)]
    public void Azure_Monitor_is_signed_in_to_when_the_functions_host_does(string? authentication, bool signsIn) =>
        Assert.Equal(signsIn, TelemetryServices.Credential(authentication) is ManagedIdentityCredential);

    [Fact]
    public async Task With_nowhere_to_send_it_to_nothing_of_OpenTelemetry_is_loaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "What a process has loaded is read from /proc.");
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder);
        await AppendAsync(server, "t", "alpha");

        Assert.Contains("Memory.Hosting.dll", server.LoadedFiles);
        Assert.DoesNotContain(server.LoadedFiles, name => name.Contains("OpenTelemetry", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Traces_metrics_and_logs_go_to_the_OTLP_endpoint_and_name_routes_not_paths()
    {
        using var folder = new TempFolder();
        await using var receiver = new OtlpReceiver();
        await using (var server = await ServerProcess.StartAsync(folder, $"OTEL_EXPORTER_OTLP_ENDPOINT={receiver.Url}", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"))
        {
            using var appended = await server.Client.PostAsJsonAsync("/v1/threads/t/messages", new { resourceId = "resource-canary", messages = new[] { new { id = "m", role = "user", content = Canary } } }, Token);
            using var recalled = await server.Client.PostAsJsonAsync("/v1/resources/resource-canary/recall", new { query = Canary }, Token);
            using var listed = await server.Client.GetAsync(new Uri("/v1/threads?resourceId=resource-canary", UriKind.Relative), Token);
            Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK, HttpStatusCode.OK), (appended.StatusCode, recalled.StatusCode, listed.StatusCode));
            Assert.Equal(0, await server.StopAsync()); // which sends what is left
        }

        var (traces, metrics, logs) = (receiver.Text("/v1/traces"), receiver.Text("/v1/metrics"), receiver.Text("/v1/logs"));
        Assert.All((string[])["POST /v1/threads/{threadId}/messages", "/v1/resources/{resourceId}/recall", "append", "recall", "search", "sqlite"], name => Assert.Contains(name, traces, StringComparison.Ordinal));
        Assert.All(
            (string[])["memory.append.duration", "memory.recall.duration", "memory.recall.hits", "memory.backend.requests", "memory.backend.commands", "http.server.request.duration"],
            name => Assert.Contains(name, metrics, StringComparison.Ordinal));
        Assert.Contains("Memory listens on", logs, StringComparison.Ordinal);
        Assert.All((string[])[traces, metrics, logs], sent => Assert.DoesNotContain("canary", sent, StringComparison.Ordinal));
        Assert.DoesNotContain("claim operations", traces, StringComparison.Ordinal); // a look for work that belongs to nothing
    }

    [Fact]
    public async Task No_line_of_a_log_holds_what_was_said_at_any_level()
    {
        await using var azurite = new Azurite(Azurite.Account);
        using var folder = new TempFolder();
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = 16, Key = "secretkey" });
        await using var server = await ServerProcess.StartAsync(
            folder,
            "Logging__LogLevel__Default=Trace", "Logging__LogLevel__Microsoft=Trace", "Logging__Console__FormatterName=json", "Logging__Console__FormatterOptions__IncludeScopes=true",
            "Memory__Embedding__Provider=openai", $"Memory__Embedding__OpenAI__Url={embedder.Url}/v1", "Memory__Embedding__OpenAI__ApiKey=secretkey",
            $"Memory__Queue__ConnectionString={azurite.Options.ConnectionString}", $"Memory__Queue__OperationQueue={azurite.Options.OperationQueue}",
            $"Memory__Queue__EmbeddingQueue={azurite.Options.EmbeddingQueue}", "Memory__Queue__PollSeconds=0.1", "Memory__Queue__RetrySeconds=1", "Memory__Http__ApiKey=an-api-key-of-enough-characters");
        server.Client.DefaultRequestHeaders.Add("x-api-key", "an-api-key-of-enough-characters");

        await AppendAsync(server, "t", Canary);
        await AppendAsync(server, "t", $"another {Canary}", later: true);
        embedder.FailWith(FakeFault.Answer(400)); // whose message would quote the text
        await AppendAsync(server, "t", $"refused {Canary}");
        embedder.Recover();
        foreach (var (method, path, json) in ((string, string, string)[])[
            ("POST", "/v1/threads/t/recall", $$$"""{"query":"{{{Canary}}}","explain":true,"append":{"messages":[{"role":"user","content":"{{{Canary}}}"}]}}"""),
            ("PATCH", "/v1/threads/t/messages/m", $$"""{"content":"edited {{Canary}}"}"""),
            ("PUT", "/v1/threads/t/working-memory", $"\"{Canary}\""),
            ("POST", "/v1/threads/t/messages", $$"""{"messages":[{"id":"m","role":"user","content":"a conflict {{Canary}}"}]}"""),
            ("POST", "/v1/threads/t/messages", $$"""{"messages":[{"role":"{{Canary}}","content":"{{Canary}}"}]}"""),
            ("POST", "/v1/threads/t/messages", $$"""{"messages":[{"role":"user","content":"{{Canary}}" {{Canary}}"""),
        ])
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), path) { Content = new StringContent(json, Encoding.UTF8, method == "PATCH" ? "application/merge-patch+json" : "application/json") };
            using var response = await server.Client.SendAsync(request, Token);
            Assert.NotEqual(HttpStatusCode.InternalServerError, response.StatusCode);
        }

        string[] messages =
        [
            $$"""{"version":1,"threadId":"t","messages":[{"id":"q1","role":"user","content":"{{Canary}}"}]}""",
            $$"""{"version":1,"threadId":"ghost","messages":[{"role":"user","content":"{{Canary}}"}]}""",
            $$"""{"version":1,"threadId":"t","messages":[{"role":"{{Canary}}","content":"{{Canary}}"}]}""",
            $$"""{"version":1,"threadId":"t","messages":[{"role":"user","content":"{{Canary}}" {{Canary}}""",
        ];
        foreach (var message in messages)
        {
            await azurite.Operations.SendMessageAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(message)), Token);
        }

        await azurite.Operations.SendMessageAsync($"<not base64> {Canary}", Token);
        for (var deadline = DateTime.UtcNow.AddSeconds(60); await Azurite.CountAsync(azurite.Operations) > 0; await Task.Delay(100, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, "The queue does not empty.");
        }

        Assert.Equal(0, await server.StopAsync());
        var lines = server.Output.Split('\n').Where(line => line.StartsWith('{')).ToList();
        Assert.Contains(lines, line => line.Contains("Request starting", StringComparison.Ordinal)); // it is as talkative as it can be
        Assert.Contains(lines, line => line.Contains("went to the poison queue", StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Equal(JsonValueKind.Object, JsonElement.Parse(line).ValueKind));
        Assert.Contains(lines, line => line.Contains("\"TraceId\"", StringComparison.Ordinal));
        Assert.All((string[])[Canary, "secretkey", "an-api-key", "AccountKey"], secret => Assert.DoesNotContain(secret, server.Output, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Ready_says_that_the_queue_is_away_which_is_no_reason_not_to_live()
    {
        await using var own = await OwnAzurite.StartAsync();
        var azurite = new Azurite(own.Account); // its queues go with the server
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(
            folder, $"Memory__Queue__ConnectionString={azurite.Options.ConnectionString}", $"Memory__Queue__OperationQueue={azurite.Options.OperationQueue}",
            $"Memory__Queue__EmbeddingQueue={azurite.Options.EmbeddingQueue}", "Memory__Http__ReadyCacheSeconds=0");
        using var before = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        await own.KillAsync();

        using var away = await server.Client.GetAsync(new Uri("/health/ready", UriKind.Relative), Token);
        using var live = await server.Client.GetAsync(new Uri("/health/live", UriKind.Relative), Token);

        Assert.Equal((HttpStatusCode.OK, HttpStatusCode.ServiceUnavailable, HttpStatusCode.OK), (before.StatusCode, away.StatusCode, live.StatusCode));
        Assert.NotNull(away.Headers.RetryAfter);
        Assert.Contains("queue", await away.Content.ReadAsStringAsync(Token), StringComparison.Ordinal);
    }

    private static async Task AppendAsync(ServerProcess server, string thread, string content, bool later = false)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v1/threads/{thread}/messages")
        {
            Content = JsonContent.Create(new { resourceId = "r", messages = new[] { new { id = content == Canary ? "m" : Guid.NewGuid().ToString(), role = "user", content } } }),
        };
        if (later)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        using var response = await server.Client.SendAsync(request, Token);
        Assert.Equal(later ? HttpStatusCode.Accepted : HttpStatusCode.Created, response.StatusCode);
    }

    /// <summary>Takes whatever is sent to it. Protocol buffers hold texts as they are.</summary>
    private sealed class OtlpReceiver : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly System.Collections.Concurrent.ConcurrentQueue<(string Path, string Body)> received = new();
        private readonly Task receiving;

        public OtlpReceiver()
        {
            using (var probe = new TcpListener(IPAddress.Loopback, 0))
            {
                probe.Start();
                Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
            }

            listener.Prefixes.Add($"{Url}/");
            listener.Start();
            receiving = ReceiveAsync();
        }

        public string Url { get; }

        public string Text(string path) => string.Join('\n', received.Where(item => item.Path == path).Select(item => item.Body));

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await receiving;
            listener.Close();
        }

        private async Task ReceiveAsync()
        {
            try
            {
                while (true)
                {
                    var context = await listener.GetContextAsync();
                    using var body = new MemoryStream();
                    await context.Request.InputStream.CopyToAsync(body);
                    received.Enqueue((context.Request.RawUrl ?? "", Encoding.Latin1.GetString(body.ToArray())));
                    context.Response.Close();
                }
            }
            catch (Exception exception) when (exception is HttpListenerException or ObjectDisposedException)
            {
                // Stopped.
            }
        }
    }
}
