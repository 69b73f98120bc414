using Memory.Core;
using Microsoft.Extensions.AI;

namespace Memory.Embeddings.Tests;

public sealed class CachingTests : IDisposable
{
    private readonly Scripted inner = new();

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task The_same_text_is_embedded_once()
    {
        using CachingEmbeddingGenerator generator = new(inner, 100);
        var first = await generator.GenerateAsync(["hello"], cancellationToken: TestContext.Current.CancellationToken);
        var second = await generator.GenerateAsync(["hello"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Single(inner.Calls);
        Assert.Equal(first[0].Vector.ToArray(), second[0].Vector.ToArray());
        Assert.NotSame(first[0], second[0]);
        Assert.Null(second.Usage);
    }

    [Fact]
    public async Task Only_what_is_missing_is_asked_for_and_equal_texts_once()
    {
        using CachingEmbeddingGenerator generator = new(inner, 100);
        await generator.GenerateAsync(["bb"], cancellationToken: TestContext.Current.CancellationToken);
        string[] texts = ["a", "bb", "a", "ccc", "bb"];
        var made = await generator.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([["bb"], ["a", "ccc"]], inner.Calls);
        Assert.Equal(texts.Select(Scripted.VectorOf), made.Select(embedding => embedding.Vector.ToArray()));
    }

    [Fact]
    public async Task Other_dimensions_are_another_vector()
    {
        using CachingEmbeddingGenerator generator = new(inner, 100);
        await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        await generator.GenerateAsync(["a"], new EmbeddingGenerationOptions { Dimensions = 7 }, TestContext.Current.CancellationToken);
        Assert.Equal(2, inner.Calls.Count);
    }

    [Fact]
    public async Task It_never_holds_more_than_it_may()
    {
        using CachingEmbeddingGenerator generator = new(inner, 10);
        for (var i = 0; i < 100; i++)
        {
            await generator.GenerateAsync([$"text {i}"], cancellationToken: TestContext.Current.CancellationToken);
            Assert.InRange(generator.Count, 0, 10);
        }

        Assert.Equal(100, inner.Calls.Count);
    }

    [Fact]
    public async Task An_empty_vector_is_not_kept()
    {
        using Scripted refusing = new(texts => texts.Select(_ => Array.Empty<float>()));
        using CachingEmbeddingGenerator generator = new(refusing, 100);
        Assert.True((await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken))[0].Vector.IsEmpty);
        await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(2, refusing.Calls.Count);
    }

    [Fact]
    public async Task A_failure_is_passed_on_and_not_kept()
    {
        var fails = true;
        using Scripted flaky = new(texts => fails ? throw Scripted.Fault() : texts.Select(Scripted.VectorOf));
        using CachingEmbeddingGenerator generator = new(flaky, 100);
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken));
        fails = false;
        Assert.Equal(2, (await generator.GenerateAsync(["a"], cancellationToken: TestContext.Current.CancellationToken))[0].Vector.Length);
    }
}
