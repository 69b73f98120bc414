namespace Memory.Embeddings.Tests;

public sealed class BlankTextTests : IDisposable
{
    private readonly Scripted inner = new();

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task Blank_texts_are_answered_with_empty_vectors_and_never_sent()
    {
        using BlankTextEmbeddingGenerator generator = new(inner);
        var made = await generator.GenerateAsync(["", "one", " \t\r\n", "three", "\u00a0"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([["one", "three"]], inner.Calls);
        Assert.Equal([0, 2, 0, 2, 0], made.Select(embedding => embedding.Vector.Length));
        Assert.Equal(Scripted.VectorOf("three"), made[3].Vector.ToArray());
        Assert.Equal(2, made.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task A_call_of_nothing_but_blanks_asks_nobody()
    {
        using BlankTextEmbeddingGenerator generator = new(inner);
        var made = await generator.GenerateAsync(["", " "], cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal([0, 0], made.Select(embedding => embedding.Vector.Length));
        Assert.Empty(inner.Calls);
    }
}
