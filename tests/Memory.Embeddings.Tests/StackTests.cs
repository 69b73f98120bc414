using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Embeddings.Tests;

public sealed class StackTests : IDisposable
{
    private readonly Scripted inner = new();

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task A_cancellation_goes_through_every_wrapper_both_ways()
    {
        using var stack = Create();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stack.GenerateAsync(["one"], cancellationToken: new CancellationToken(canceled: true)));
        Assert.Empty(inner.Calls);
        Assert.Single(await stack.GenerateAsync(["one"], cancellationToken: TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Disposing_the_whole_disposes_what_is_inside()
    {
        Create().Dispose();
        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public void What_is_inside_can_be_asked_for_through_the_whole()
    {
        using var stack = Create();
        Assert.Equal("scripted-model", stack.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelId);
        Assert.NotNull(stack.GetService<RetryingEmbeddingGenerator>());
        Assert.NotNull(stack.GetService<CachingEmbeddingGenerator>());
    }

    private IEmbeddingGenerator<string, Embedding<float>> Create() =>
        EmbedderStack.ForService(inner, new EmbeddingServiceOptions(), NullLoggerFactory.Instance, TimeProvider.System);
}
