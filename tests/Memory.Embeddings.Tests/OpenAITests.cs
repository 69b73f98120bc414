using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Azure.Core;
using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Embeddings.Tests;

/// <summary>The adapter alone, against a service over HTTP.</summary>
public sealed class OpenAITests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly HttpClient http = new();
    private FakeOpenAI fake = null!; // made before each test

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => fake = await FakeOpenAI.StartAsync();

    public async ValueTask DisposeAsync()
    {
        http.Dispose();
        await fake.DisposeAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Texts_get_their_vectors_and_the_models_name(bool azure)
    {
        using var generator = azure ? Azure() : OpenAI();
        var made = await generator.GenerateAsync(["one", "two", "drei \ud83d\ude80"], cancellationToken: Token);
        AssertVectors(made, 64, "one", "two", "drei \ud83d\ude80");
        Assert.All(made, embedding => Assert.Equal(azure ? "embedder" : "text-embedding-3-small", embedding.ModelId));
        Assert.Equal(4, made.Usage?.InputTokenCount);
        var body = Assert.Single(fake.Bodies);
        Assert.Equal("base64", body.GetProperty("encoding_format").GetString());
        Assert.False(body.TryGetProperty("dimensions", out _));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Dimensions_are_asked_for_when_set(bool azure)
    {
        using var generator = azure ? Azure(dimensions: 16) : OpenAI(dimensions: 16);
        AssertVectors(await generator.GenerateAsync(["one"], cancellationToken: Token), 16, "one");
        Assert.Equal(16, Assert.Single(fake.Bodies).GetProperty("dimensions").GetInt32());
    }

    [Fact]
    public async Task Numbers_are_read_where_base64_was_asked_for()
    {
        await using var numbers = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { AlwaysNumbers = true });
        using var generator = OpenAI(url: $"{numbers.Url}/v1");
        AssertVectors(await generator.GenerateAsync(["one", "two"], cancellationToken: Token), 64, "one", "two");
    }

    [Fact]
    public async Task A_server_without_keys_is_asked_without_one()
    {
        await using var open = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Key = null });
        using var generator = OpenAI(url: $"{open.Url}/v1", key: "");
        AssertVectors(await generator.GenerateAsync(["one"], cancellationToken: Token), 64, "one");
    }

    [Fact]
    public async Task Vectors_are_put_in_order_by_their_index()
    {
        fake.FailWith(FakeFault.OutOfOrder);
        using var generator = Azure();
        AssertVectors(await generator.GenerateAsync(["one", "two", "three"], cancellationToken: Token), 64, "one", "two", "three");
    }

    [Theory]
    [InlineData(400, false)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    [InlineData(404, false)]
    [InlineData(408, true)]
    [InlineData(413, false)]
    [InlineData(422, false)]
    [InlineData(429, true)]
    [InlineData(500, true)]
    [InlineData(503, true)]
    public async Task A_status_says_whether_to_try_again(int status, bool isTransient)
    {
        fake.FailWith(FakeFault.Answer(status));
        using var generator = Azure();
        var failure = await FailureAsync(generator);
        Assert.Equal(isTransient, failure.IsTransient);
        Assert.Equal(status is 400 or 413 or 422, failure.InnerException is RefusedInputException);
        Assert.Contains($"{status}", failure.Reason, StringComparison.Ordinal);
        Assert.Null(failure.RetryAfter);
        Assert.Equal(1, fake.Requests);
    }

    [Fact]
    public async Task A_wrong_key_or_deployment_is_permanent_and_nothing_secret_is_told()
    {
        foreach (var generator in new[] { Azure(key: "wrong-secret"), OpenAI(key: "wrong-secret"), Azure(deployment: "no-such"), OpenAI(model: "no-such") })
        {
            using (generator)
            {
                var failure = await FailureAsync(generator);
                Assert.False(failure.IsTransient);
                Assert.IsNotType<RefusedInputException>(failure.InnerException);
                AssertNothingSecret(failure);
            }
        }

        Assert.Equal(4, fake.Requests);
    }

    [Fact]
    public async Task A_refused_text_is_not_told()
    {
        using var generator = OpenAI();
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["my secret [[refuse]]"], cancellationToken: Token));
        Assert.IsType<RefusedInputException>(failure.InnerException);
        Assert.Contains("invalid_request_error", failure.Reason, StringComparison.Ordinal);
        AssertNothingSecret(failure);
    }

    [Theory]
    [InlineData("Retry-After", "7", 7000)]
    [InlineData("Retry-After", "Tue, 01 Jan 2030 00:01:00 GMT", 60_000)]
    [InlineData("Retry-After", "Mon, 31 Dec 2029 00:01:00 GMT", 0)]
    [InlineData("Retry-After", "86400", 86_400_000)]
    [InlineData("retry-after-ms", "250", 250)]
    public async Task The_wait_a_service_asks_for_is_passed_on(string header, string value, int milliseconds)
    {
        fake.FailWith(FakeFault.Answer(429, (header, value)));
        using var generator = Azure();
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), (await FailureAsync(generator)).RetryAfter);
    }

    [Fact]
    public async Task Milliseconds_win_over_seconds_and_nonsense_is_ignored()
    {
        using var generator = Azure();
        fake.FailWith(FakeFault.Answer(429, ("Retry-After", "1"), ("retry-after-ms", "900")));
        Assert.Equal(TimeSpan.FromMilliseconds(900), (await FailureAsync(generator)).RetryAfter);
        fake.FailWith(FakeFault.Answer(429, ("Retry-After", "soon"), ("retry-after-ms", "NaN")));
        Assert.Null((await FailureAsync(generator)).RetryAfter);
    }

    public static TheoryData<string> Breakages => ["Truncated", "Reset", "Garbage", "OneMissing"];

    [Theory]
    [MemberData(nameof(Breakages))]
    public async Task A_broken_answer_is_transient_and_the_next_is_fine(string breakage)
    {
        fake.FailWith((FakeFault)typeof(FakeFault).GetProperty(breakage)!.GetValue(null)!, next: 1); // one of the four above
        using var generator = Azure();
        var failure = await FailureAsync(generator);
        Assert.True(failure.IsTransient);
        AssertNothingSecret(failure);
        Assert.Equal(1, fake.Requests);
        AssertVectors(await generator.GenerateAsync(["one"], cancellationToken: Token), 64, "one");
    }

    [Fact]
    public async Task Vectors_of_another_length_are_scaled_to_1()
    {
        fake.FailWith(FakeFault.Stretched);
        using var generator = Azure();
        AssertVectors(await generator.GenerateAsync(["one", "two"], cancellationToken: Token), 64, "one", "two");
    }

    [Fact]
    public async Task A_zero_vector_is_permanent()
    {
        fake.FailWith(FakeFault.Zeros);
        using var generator = Azure();
        Assert.False((await FailureAsync(generator)).IsTransient);
    }

    [Fact]
    public async Task Other_dimensions_than_asked_for_are_permanent()
    {
        await using var plain = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { IgnoresDimensions = true });
        using var generator = OpenAI(url: $"{plain.Url}/v1", dimensions: 16);
        var failure = await FailureAsync(generator);
        Assert.False(failure.IsTransient);
        Assert.Contains("Memory:Embedding:Test:Dimensions", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_transient()
    {
        using var generator = OpenAI(url: $"http://127.0.0.1:{FreePort()}/v1");
        var failure = await FailureAsync(generator);
        Assert.True(failure.IsTransient);
        AssertNothingSecret(failure);
    }

    [Fact]
    public async Task No_answer_in_time_is_transient()
    {
        var arrived = new TaskCompletionSource();
        fake.Delay = cut =>
        {
            arrived.TrySetResult();
            return Task.Delay(Timeout.Infinite, cut);
        };
        using var generator = Azure();
        var call = FailureAsync(generator);
        await arrived.Task.WaitAsync(Token);
        clock.Advance(TimeSpan.FromSeconds(29));
        Assert.False(call.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        var failure = await call;
        Assert.True(failure.IsTransient);
        Assert.Equal("no answer within 30 seconds", failure.Reason);
    }

    [Fact]
    public async Task A_caller_who_gives_up_sees_his_cancellation_and_the_service_is_told()
    {
        var arrived = new TaskCompletionSource();
        var told = new TaskCompletionSource();
        fake.Delay = async cut =>
        {
            arrived.TrySetResult();
            using var registration = cut.Register(told.SetResult);
            await Task.Delay(Timeout.Infinite, cut);
        };
        using CancellationTokenSource caller = new();
        using var generator = Azure();
        var call = generator.GenerateAsync(["one"], cancellationToken: caller.Token);
        await arrived.Task.WaitAsync(Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await told.Task.WaitAsync(Token);
    }

    [Fact]
    public async Task Without_a_key_the_app_signs_in()
    {
        await using var azure = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { IdentityToken = "token-of-the-app" });

        // A token goes over TLS only, and the fake has none: the last step is made without it.
        using HttpClient plain = new(new Downgrade { InnerHandler = new SocketsHttpHandler() });
        var options = new AzureOpenAIEmbeddingOptions { Endpoint = azure.Url.Replace("http:", "https:", StringComparison.Ordinal), Deployment = "embedder" };
        var identity = DelegatedTokenCredential.Create((_, _) => new AccessToken("token-of-the-app", DateTimeOffset.MaxValue));
        using OpenAIEmbeddingGenerator generator = new(Service("azure-openai", azure.Url, "embedder", null), () => EmbeddingClients.Azure(options, plain, identity), clock);
        AssertVectors(await generator.GenerateAsync(["one"], cancellationToken: Token), 64, "one");
    }

    [Fact]
    public void It_says_what_it_is_without_asking_anybody()
    {
        using var generator = Azure(dimensions: 16);
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>();
        Assert.Equal(("azure-openai", "embedder", 16), (metadata?.ProviderName, metadata?.DefaultModelId, metadata?.DefaultModelDimensions));
        Assert.Equal(0, fake.Requests);
    }

    private static async Task<EmbeddingException> FailureAsync(OpenAIEmbeddingGenerator generator) =>
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["one"], cancellationToken: Token));

    private static void AssertVectors(GeneratedEmbeddings<Embedding<float>> made, int dimensions, params string[] texts)
    {
        Assert.Equal(texts.Length, made.Count);
        foreach (var (text, embedding) in texts.Zip(made))
        {
            Assert.Equal(FakeVectors.Of(text, dimensions), embedding.Vector.ToArray(), (left, right) => Math.Abs(left - right) < 1e-6);
            Assert.Equal(1, embedding.Vector.ToArray().Sum(value => (double)value * value), 5);
        }
    }

    private void AssertNothingSecret(EmbeddingException failure)
    {
        var all = failure.InnerException is RefusedInputException ? failure.ToString() : failure.Message;
        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.DoesNotContain(fake.Key, all, StringComparison.Ordinal);
        Assert.DoesNotContain("127.0.0.1", failure.Message, StringComparison.Ordinal);
    }

    private OpenAIEmbeddingGenerator Azure(string? key = null, string deployment = "embedder", int? dimensions = null)
    {
        var options = new AzureOpenAIEmbeddingOptions { Endpoint = fake.Url, ApiKey = key ?? fake.Key, Deployment = deployment };
        return new OpenAIEmbeddingGenerator(Service("azure-openai", fake.Url, deployment, dimensions), () => EmbeddingClients.Azure(options, http), clock);
    }

    private OpenAIEmbeddingGenerator OpenAI(string? url = null, string? key = null, string model = "text-embedding-3-small", int? dimensions = null)
    {
        var options = new OpenAIEmbeddingOptions { Url = url ?? $"{fake.Url}/v1", ApiKey = key ?? fake.Key, Model = model };
        return new OpenAIEmbeddingGenerator(Service("openai", options.Url, model, dimensions), () => EmbeddingClients.OpenAI(options, http), clock);
    }

    private static EmbeddingService Service(string embedder, string url, string target, int? dimensions) =>
        new(embedder, "Memory:Embedding:Test", new Uri(url), target, target, dimensions, TimeSpan.FromSeconds(30));

    private static string FreePort()
    {
        using TcpListener listener = new(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture);
    }

    private sealed class Downgrade : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.RequestUri = new UriBuilder(request.RequestUri!) { Scheme = "http" }.Uri; // a request that is sent has an address
            return base.SendAsync(request, cancellationToken);
        }
    }
}
