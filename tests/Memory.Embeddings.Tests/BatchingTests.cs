namespace Memory.Embeddings.Tests;

public sealed class BatchingTests : IDisposable
{
    private readonly Scripted inner = new();

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task A_call_is_split_by_count_and_answered_in_order()
    {
        using BatchingEmbeddingGenerator generator = new(inner, 3, 1000);
        string[] texts = ["a", "bb", "ccc", "dddd", "eeeee", "ffffff", "g"];
        var made = await generator.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([3, 3, 1], inner.Calls.Select(call => call.Length));
        Assert.Equal(texts.Select(Scripted.VectorOf), made.Select(embedding => embedding.Vector.ToArray()));
        Assert.Equal(7, made.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task A_call_is_split_by_estimated_tokens_of_three_bytes()
    {
        using BatchingEmbeddingGenerator generator = new(inner, 100, 10);
        await generator.GenerateAsync([new('a', 15), new('b', 15), new('c', 3), new('漢', 9)], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([["a", "b"], ["c", "漢"]], inner.Calls.Select(call => call.Select(text => text[..1])));
    }

    [Fact]
    public async Task A_text_that_is_too_long_by_itself_goes_alone()
    {
        using BatchingEmbeddingGenerator generator = new(inner, 100, 10);
        await generator.GenerateAsync(["a", new('b', 3000), "c"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([1, 1, 1], inner.Calls.Select(call => call.Length));
    }

    [Fact]
    public async Task Nothing_asks_for_nothing()
    {
        using BatchingEmbeddingGenerator generator = new(inner, 100, 10);
        Assert.Empty(await generator.GenerateAsync([], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Empty(inner.Calls);
    }
}
