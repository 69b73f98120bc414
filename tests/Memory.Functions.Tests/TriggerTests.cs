using Memory.Core;
using Memory.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Moq;

namespace Memory.Functions.Tests;

/// <summary>Triggers over mocked ports: each hands what the host gave it to its handler.</summary>
public sealed class TriggerTests : IAsyncDisposable
{
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);
    private readonly Mock<IOperationStore> operations = new(MockBehavior.Strict);
    private readonly Mock<IOperationTransport> transport = new(MockBehavior.Strict);
    private readonly ServiceProvider services;

    public TriggerTests() => services = new ServiceCollection()
        .AddLogging()
        .AddSingleton(TimeProvider.System)
        .AddSingleton(store.Object)
        .AddSingleton(operations.Object)
        .AddSingleton(transport.Object)
        .AddSingleton(Mock.Of<IKeyStore>())
        .AddSingleton(Mock.Of<IOperationSignal>())
        .AddSingleton<EditThreads>().AddSingleton<AppendMessages>().AddSingleton<AcceptOperations>()
        .AddSingleton(new OperationOptions()).AddSingleton<RunOperations>()
        .AddMemoryHttp(new ConfigurationBuilder().Build())
        .AddMemoryQueueHandlers()
        .BuildServiceProvider();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private MemoryApi Api => services.GetRequiredService<MemoryApi>();

    [Fact]
    public async Task A_request_is_answered_by_the_routes_handler_with_the_id_of_its_path()
    {
        store.Setup(it => it.FindThreadAsync("a b", It.IsAny<CancellationToken>())).ReturnsAsync((ThreadRecord?)null);
        var request = Request("GET", "/v1/threads/a%20b", ("threadId", "a b"));

        var result = await new ThreadFunctions(Api).GetAsync(request);
        await result.ExecuteAsync(request.HttpContext);

        Assert.Equal((404, true), (request.HttpContext.Response.StatusCode, Body(request).Contains("thread_not_found", StringComparison.Ordinal)));
        store.VerifyAll();
    }

    [Fact]
    public async Task A_request_for_headers_is_answered_like_one_for_the_content()
    {
        var request = Request("HEAD", "/health/live");

        await new ServiceFunctions(Api).LiveAsync(request);

        Assert.Equal(200, request.HttpContext.Response.StatusCode);
    }

    [Theory]
    [InlineData("/v1/threads/a%252Fb")]
    [InlineData("/v1/threads/a%252fb")]
    public async Task A_slash_that_the_hosts_router_made_ambiguous_is_refused(string path)
    {
        var request = Request("DELETE", path, ("threadId", "a\u00022Fb"));

        await new ThreadFunctions(Api).DeleteAsync(request);

        Assert.Equal((400, true), (request.HttpContext.Response.StatusCode, Body(request).Contains("invalid_request", StringComparison.Ordinal)));
        store.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task A_bug_is_a_bare_500()
    {
        store.Setup(it => it.FindThreadAsync("t", It.IsAny<CancellationToken>())).ThrowsAsync(new InvalidOperationException("a bug"));
        var request = Request("GET", "/v1/threads/t", ("threadId", "t"));

        await new ThreadFunctions(Api).GetAsync(request);

        Assert.Equal((500, ""), (request.HttpContext.Response.StatusCode, Body(request)));
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData(10L, 10)]
    public async Task A_message_is_handled_with_what_the_host_tells_of_it(object count, int deliveries)
    {
        List<GivenUp> givenUp = [];
        transport.Setup(it => it.TryPoisonAsync(Capture.In(givenUp), Token)).ReturnsAsync(true);

        await new QueueFunctions(services.GetRequiredService<QueueHandlers>()).OperationAsync("<not base64>", Context(("Id", "m1"), ("DequeueCount", count)), Token);

        var only = Assert.Single(givenUp);
        Assert.Equal(("<not base64>", "m1", deliveries), (only.Text, only.MessageId, (int)only.Attempts));
    }

    [Fact]
    public async Task A_wake_up_without_an_embedder_is_done() =>
        await new QueueFunctions(services.GetRequiredService<QueueHandlers>()).EmbeddingAsync("", Context(("Id", "m1"), ("DequeueCount", 1)), Token);

    [Fact]
    public async Task The_timer_works_off_what_is_due()
    {
        operations.Setup(it => it.ClaimAsync(RunOperations.BatchSize, It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token)).ReturnsAsync([]);
        operations.Setup(it => it.PurgeAsync(It.IsAny<DateTimeOffset>(), It.IsAny<int>(), Token)).ReturnsAsync(0); // every ten minutes
        var sweep = ActivatorUtilities.CreateInstance<Sweep>(services);

        await new SweepFunctions(sweep).RunAsync(new TimerInfo(), Token);

        operations.Verify(it => it.ClaimAsync(RunOperations.BatchSize, It.IsAny<TimeSpan>(), It.IsAny<DateTimeOffset>(), Token), Times.Once);
    }

    public ValueTask DisposeAsync() => services.DisposeAsync();

    private HttpRequest Request(string method, string path, params (string Name, string Value)[] route)
    {
        var context = new DefaultHttpContext { RequestServices = services };
        context.Features.Get<IHttpRequestFeature>()!.RawTarget = path; // the context's own feature
        context.Request.Method = method;
        context.Response.Body = new MemoryStream();
        foreach (var (name, value) in route)
        {
            context.Request.RouteValues[name] = value;
        }

        return context.Request;
    }

    private static string Body(HttpRequest request) => System.Text.Encoding.UTF8.GetString(((MemoryStream)request.HttpContext.Response.Body).ToArray());

    private static FunctionContext Context(params (string Name, object Value)[] data)
    {
        var binding = new Mock<BindingContext>();
        binding.Setup(it => it.BindingData).Returns(data.ToDictionary(item => item.Name, item => (object?)item.Value));
        return Mock.Of<FunctionContext>(context => context.BindingContext == binding.Object);
    }
}
