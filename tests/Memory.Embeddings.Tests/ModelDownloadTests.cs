using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using Memory.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Memory.Embeddings.Tests;

public sealed class ModelDownloadTests : IAsyncLifetime
{
    private readonly FakeTimeProvider clock = new();
    private readonly HttpClient http = new();
    private readonly TinyModel source = new TinyModel().WithVocabulary().With(TinyModel.PerToken());
    private readonly TinyModel target = new();
    private readonly ConcurrentQueue<string> asked = new();
    private readonly Lines lines = new();
    private WebApplication server = null!; // made before each test
    private Func<HttpContext, Task<bool>> disturb = _ => Task.FromResult(false);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        server = builder.Build();
        server.MapGet("/files/{name}", async (string name, HttpContext context) =>
        {
            asked.Enqueue(name);
            if (!await disturb(context))
            {
                context.Response.ContentLength = new FileInfo(Path.Combine(source.Folder, name)).Length;
                await context.Response.SendFileAsync(Path.Combine(source.Folder, name));
            }
        });
        await server.StartAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await server.StopAsync(new CancellationToken(canceled: true));
        await server.DisposeAsync();
        source.Dispose();
        target.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task Missing_files_are_fetched_once_and_the_model_works()
    {
        await using (var services = Register())
        {
            Assert.Empty(asked);
            Assert.Single(await services.Embedder().GenerateAsync(["one"], cancellationToken: Token));
        }

        await using var again = Register();
        await again.Embedder().GenerateAsync(["one"], cancellationToken: Token);
        Assert.Equal(["vocab.txt", "model.onnx"], asked);
        AssertFiles("model.onnx", "vocab.txt");
    }

    [Fact]
    public async Task Only_what_is_missing_is_fetched_and_progress_is_logged()
    {
        target.WithVocabulary();
        source.With([.. Enumerable.Repeat((byte)1, 3_000_000)]);
        await Download().EnsureAsync(Token);
        Assert.Equal(["model.onnx"], asked);
        Assert.InRange(lines.All.Count(line => line.Contains("model.onnx", StringComparison.Ordinal) && line.Contains('%', StringComparison.Ordinal)), 1, 10);
        Assert.Contains(lines.All, line => line.Contains("100 %", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_file_with_another_hash_is_refused_and_nothing_is_left()
    {
        var download = Download(options => options.ModelSha256 = new string('0', 64));
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => download.EnsureAsync(Token));
        Assert.False(failure.IsTransient);
        Assert.Contains(Hash("model.onnx"), failure.Reason, StringComparison.Ordinal);
        AssertFiles("vocab.txt");
    }

    [Fact]
    public async Task A_hash_may_be_written_in_capitals()
    {
        await Download(options => (options.ModelSha256, options.VocabSha256) = (options.ModelSha256.ToUpperInvariant(), options.VocabSha256.ToUpperInvariant())).EnsureAsync(Token);
        AssertFiles("model.onnx", "vocab.txt");
    }

    [Fact]
    public async Task Without_a_network_it_says_what_to_do()
    {
        var download = Download();
        await server.StopAsync(Token);
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => download.EnsureAsync(Token));
        Assert.True(failure.IsTransient);
        Assert.Contains("copy model.onnx and vocab.txt into Memory:Embedding:Onnx:Folder", failure.Reason, StringComparison.Ordinal);
        AssertFiles();
    }

    [Theory]
    [InlineData(404, false)]
    [InlineData(503, true)]
    public async Task An_error_of_the_server_is_told(int status, bool isTransient)
    {
        disturb = context =>
        {
            context.Response.StatusCode = status;
            return Task.FromResult(true);
        };
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => Download().EnsureAsync(Token));
        Assert.Equal(isTransient, failure.IsTransient);
        Assert.Contains($"{status}", failure.Reason, StringComparison.Ordinal);
        AssertFiles();
    }

    [Fact]
    public async Task A_transfer_that_breaks_off_leaves_nothing_and_is_made_again_at_the_next_call()
    {
        disturb = async context =>
        {
            context.Response.ContentLength = 1000;
            await context.Response.Body.WriteAsync(new byte[100], context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
            return true;
        };
        await using var services = Register();
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => services.Embedder().GenerateAsync(["one"], cancellationToken: Token));
        Assert.True(failure.IsTransient);
        AssertFiles();
        disturb = _ => Task.FromResult(false);
        Assert.Single(await services.Embedder().GenerateAsync(["one"], cancellationToken: Token));
        AssertFiles("model.onnx", "vocab.txt");
    }

    [Fact]
    public async Task A_transfer_that_stands_still_is_given_up()
    {
        TaskCompletionSource arrived = new();
        disturb = async context =>
        {
            arrived.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted);
            return true;
        };
        var download = Download().EnsureAsync(Token);
        await arrived.Task.WaitAsync(Token);
        clock.Advance(ModelDownload.Patience);
        Assert.True((await Assert.ThrowsAsync<EmbeddingException>(() => download)).IsTransient);
        AssertFiles();
    }

    [Fact]
    public async Task Two_processes_at_once_both_end_with_the_file()
    {
        // Each waits for the other's request, so both are under way at once.
        TaskCompletionSource both = new();
        disturb = async context =>
        {
            if (asked.Count(name => name == "vocab.txt") == 2)
            {
                both.TrySetResult();
            }

            await both.Task.WaitAsync(context.RequestAborted);
            return false;
        };
        await Task.WhenAll(Download().EnsureAsync(Token), Download().EnsureAsync(Token));
        Assert.Equal(2, asked.Count(name => name == "vocab.txt"));
        AssertFiles("model.onnx", "vocab.txt");
        Assert.Equal(await File.ReadAllBytesAsync(Path.Combine(source.Folder, "model.onnx"), Token), await File.ReadAllBytesAsync(Path.Combine(target.Folder, "model.onnx"), Token));
    }

    [Fact]
    public async Task A_caller_who_gives_up_does_not_end_the_transfer()
    {
        TaskCompletionSource arrived = new();
        TaskCompletionSource release = new();
        disturb = async context =>
        {
            arrived.TrySetResult();
            await release.Task.WaitAsync(context.RequestAborted);
            return false;
        };
        await using var services = Register();
        using CancellationTokenSource caller = new();
        var call = services.Embedder().GenerateAsync(["one"], cancellationToken: caller.Token);
        await arrived.Task.WaitAsync(Token);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        release.SetResult();
        Assert.Single(await services.Embedder().GenerateAsync(["one"], cancellationToken: Token));
        Assert.Equal(["vocab.txt", "model.onnx"], asked);
    }

    private ServiceProvider Register() => Services.Build(
        (services, section) => services.AddOnnxEmbedder(section),
        ("Onnx:Folder", target.Folder),
        ("Onnx:DownloadUrl", $"{server.Urls.Single()}/files/"),
        ("Onnx:ModelSha256", Hash("model.onnx")),
        ("Onnx:VocabSha256", Hash("vocab.txt")));

    private ModelDownload Download(Action<OnnxEmbeddingOptions>? change = null)
    {
        OnnxEmbeddingOptions options = new()
        {
            Folder = target.Folder,
            DownloadUrl = $"{server.Urls.Single()}/files",
            ModelSha256 = Hash("model.onnx"),
            VocabSha256 = Hash("vocab.txt"),
        };
        change?.Invoke(options);
        return new ModelDownload(http, options, clock, lines);
    }

    private string Hash(string file) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(Path.Combine(source.Folder, file))));

    private void AssertFiles(params string[] files) => Assert.Equal(files, Directory.GetFiles(target.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

    private sealed class Lines : ILogger<ModelDownload>
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));
    }
}
