using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text;
using Memory.Core;
using Memory.Fakes;
using Memory.Queues.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Server.Tests;

/// <summary>Spans of a server in this process, and of the stand-in for its embedder, as a listener sees them.</summary>
public sealed class TraceTests : IDisposable
{
    private const int Dimensions = 16;

    // What ASP.NET Core calls it, before anybody names its route.
    private const string Request = "Microsoft.AspNetCore.Hosting.HttpRequestIn";

    private readonly string thread = $"thread-{Guid.NewGuid():N}";
    private readonly TempFolder folder = new();
    private readonly ConcurrentQueue<Activity> spans = new();
    private readonly ActivityListener listener;

    public TraceTests()
    {
        listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is Telemetry.Name or "Memory.Embeddings" or "Microsoft.AspNetCore" or "System.Net.Http",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Enqueue,
        };
        ActivitySource.AddActivityListener(listener);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_for_later_is_one_trace_from_its_request_to_its_vectors()
    {
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions, Model = "fake-embedding" });
        await using var app = await StartAsync(embedder);

        var trace = await AppendLaterAsync(app);

        var found = await TraceAsync(trace);
        AssertTree(found, trace);
        AssertIsAncestor(found, "run operation", "append");
        AssertIsAncestor(found, "append", "process embeddings");
        AssertIsAncestor(found, "process embeddings", "store vectors");
        AssertIsAncestor(found, "process embeddings", "embeddings fake-embedding");
        AssertIsAncestor(found, "process embeddings", Request); // as the embedder itself sees it
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task Through_a_queue_it_is_one_trace_too()
    {
        await using var azurite = new Azurite(Azurite.Account);
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions, Model = "fake-embedding" });
        await using var app = await StartAsync(
            embedder, $"--Memory:Queue:ConnectionString={azurite.Options.ConnectionString}", $"--Memory:Queue:OperationQueue={azurite.Options.OperationQueue}",
            $"--Memory:Queue:EmbeddingQueue={azurite.Options.EmbeddingQueue}", "--Memory:Queue:PollSeconds=0.1", "--Memory:Queue:SweepSeconds=3600");

        var trace = await AppendLaterAsync(app);

        var found = await TraceAsync(trace);
        AssertTree(found, trace);
        AssertIsAncestor(found, $"send {azurite.Options.OperationQueue}", "process operations");
        AssertIsAncestor(found, "process operations", "run operation");
        AssertIsAncestor(found, "run operation", "append");
        AssertIsAncestor(found, "append", $"send {azurite.Options.EmbeddingQueue}");
        AssertIsAncestor(found, $"send {azurite.Options.EmbeddingQueue}", "process embeddings");
        AssertIsAncestor(found, "process embeddings", "store vectors");
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task A_producers_message_goes_on_with_the_producers_trace()
    {
        await using var azurite = new Azurite(Azurite.Account);
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions, Model = "fake-embedding" });
        await using var app = await StartAsync(
            embedder, $"--Memory:Queue:ConnectionString={azurite.Options.ConnectionString}", $"--Memory:Queue:OperationQueue={azurite.Options.OperationQueue}",
            $"--Memory:Queue:EmbeddingQueue={azurite.Options.EmbeddingQueue}", "--Memory:Queue:PollSeconds=0.1", "--Memory:Queue:SweepSeconds=3600");
        var trace = ActivityTraceId.CreateRandom();
        var body = $$"""{"version":1,"id":"k","traceparent":"00-{{trace}}-{{ActivitySpanId.CreateRandom()}}-01","threadId":"t","resourceId":"r","messages":[{"id":"m","role":"user","content":"alpha"}]}""";
        await azurite.Operations.CreateIfNotExistsAsync(cancellationToken: Token);
        await azurite.Operations.SendMessageAsync(Convert.ToBase64String(Encoding.UTF8.GetBytes(body)), Token);

        var found = await TraceAsync(trace);

        AssertIsAncestor(found, "process operations", "run operation");
        AssertIsAncestor(found, "append", "process embeddings");
        await app.StopAsync(Token);
    }

    [Fact]
    public async Task A_turn_is_a_recall_with_its_parts_and_no_span_holds_a_text_or_a_resource()
    {
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = Dimensions, Model = "fake-embedding" });
        await using var app = await StartAsync(embedder);
        var trace = ActivityTraceId.CreateRandom();

        await SendAsync(app, trace, $"/v1/threads/{thread}/recall", """{"append":{"resourceId":"resource-canary","messages":[{"id":"m","role":"user","content":"text-canary"}]}}""", later: false, HttpStatusCode.OK);

        var found = await TraceAsync(trace, last: "recall");
        foreach (var part in (string[])["embeddings fake-embedding", "append", "search"])
        {
            AssertIsAncestor(found, "recall", part);
        }

        Assert.Equal(thread, found.Single(span => span.OperationName == "recall").GetTagItem("memory.thread.id"));
        Assert.All(found, span => Assert.DoesNotContain("canary", string.Join(' ', span.TagObjects.Select(tag => $"{tag.Key}={tag.Value}").Append(span.DisplayName)), StringComparison.Ordinal));
        await app.StopAsync(Token);
    }

    public void Dispose()
    {
        listener.Dispose();
        folder.Dispose();
    }

    private async Task<ActivityTraceId> AppendLaterAsync(WebApplication app)
    {
        var trace = ActivityTraceId.CreateRandom();
        await SendAsync(app, trace, $"/v1/threads/{thread}/messages", """{"resourceId":"r","messages":[{"id":"m","role":"user","content":"alpha"}]}""", later: true, HttpStatusCode.Accepted);
        return trace;
    }

    private static async Task SendAsync(WebApplication app, ActivityTraceId trace, string path, string json, bool later, HttpStatusCode expected)
    {
        using var client = new HttpClient(new SocketsHttpHandler { ActivityHeadersPropagator = null }); // the header below is the caller's
        using var request = new HttpRequestMessage(HttpMethod.Post, app.Urls.First() + path) { Content = new StringContent(json, Encoding.UTF8, "application/json") };
        request.Headers.Add("traceparent", $"00-{trace}-{ActivitySpanId.CreateRandom()}-01");
        if (later)
        {
            request.Headers.Add("Prefer", "respond-async");
        }

        using var response = await client.SendAsync(request, Token);
        Assert.Equal(expected, response.StatusCode);
    }

    // A sweep would find the message by itself, and not know whose it is.
    private async Task<WebApplication> StartAsync(FakeOpenAI embedder, params string[] settings)
    {
        var app = ServerHost.Build(
        [
            "--urls=http://127.0.0.1:0", $"--Memory:LibSql:Url=file:{folder.File("memory.db")}", "--Logging:LogLevel:Default=Error", "--Memory:Operations:SweepSeconds=3600",
            "--Memory:Embedding:Provider=openai", $"--Memory:Embedding:OpenAI:Url={embedder.Url}/v1", $"--Memory:Embedding:OpenAI:ApiKey={embedder.Key}",
            "--Memory:Embedding:OpenAI:Model=fake-embedding", "--Memory:Embedding:SweepSeconds=3600", .. settings,
        ]);
        await ServerHost.StartAsync(app);
        await app.Services.GetRequiredService<EmbedMessages>().RunDueAsync(Token); // the workers' first looks come at the start; this one comes after them, or with them
        return app;
    }

    private async Task<List<Activity>> TraceAsync(ActivityTraceId trace, string last = "process embeddings")
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); ; await Task.Delay(20, Token))
        {
            List<Activity> found = [.. spans.Where(span => span.TraceId == trace)];
            if (found.Exists(span => span.OperationName == last))
            {
                return found;
            }

            Assert.True(DateTime.UtcNow < deadline, $"Only {string.Join(", ", found.Select(span => span.OperationName))}.");
        }
    }

    /// <summary>Asserts that every span but the request itself has its parent in the trace, and that nothing was done in another.</summary>
    private void AssertTree(List<Activity> found, ActivityTraceId trace)
    {
        var ids = found.Select(span => span.SpanId).ToHashSet();
        var root = Assert.Single(found, span => !ids.Contains(span.ParentSpanId));
        Assert.Equal((Request, trace), (root.OperationName, root.TraceId));
        Assert.All(spans.Where(span => Equals(span.GetTagItem("memory.thread.id"), thread)), span => Assert.Equal(trace, span.TraceId));
        Assert.Single(found, span => span.OperationName == "embed pending");
    }

    private static void AssertIsAncestor(List<Activity> found, string ancestor, string name)
    {
        var byId = found.ToDictionary(span => span.SpanId);
        Assert.Contains(found.Where(span => span.DisplayName == name), span =>
        {
            for (var at = span; byId.TryGetValue(at.ParentSpanId, out var parent); at = parent)
            {
                if (parent.DisplayName == ancestor)
                {
                    return true;
                }
            }

            return false;
        });
    }
}
