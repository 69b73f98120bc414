namespace Memory.Core.Tests;

public sealed class EmbedderTests : IDisposable
{
    private readonly ScriptedGenerator generator = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => generator.Dispose();

    [Fact]
    public async Task Vectors_come_back_at_unit_length_in_the_order_of_their_texts()
    {
        generator.Answer = (texts, _) => Task.FromResult(texts.Select(text => text == "a" ? new float[] { 3, 4, 0 } : [0, 0, 7]));

        var vectors = await Embedder().EmbedAsync(["b", "a"], Token);

        Assert.Equal([0, 0, 1], vectors[0].ToArray());
        Assert.Equal([0.6f, 0.8f, 0], vectors[1].ToArray());
    }

    [Fact]
    public async Task A_long_text_gets_several_vectors_and_an_empty_one_none_all_in_one_call()
    {
        var words = string.Join(' ', Enumerable.Repeat("word", 100));

        var vectors = await Embedder(chunk: 32, overlap: 8).EmbedAsync(["short", words, " \n", "also short"], Token);

        Assert.Equal([1, 4, 0, 1], vectors.Select(vector => vector.Length / 3)); // 100 tokens by steps of 24
        Assert.Single(generator.Calls);
        Assert.Equal(6, generator.Calls[0].Length);
    }

    [Fact]
    public async Task Nothing_to_embed_asks_nobody()
    {
        Assert.All(await Embedder().EmbedAsync(["", "  "], Token), vector => Assert.Equal(0, vector.Length));
        Assert.Empty(generator.Calls);
    }

    [Fact]
    public async Task A_refused_text_has_no_vector_and_the_others_keep_theirs()
    {
        generator.Answer = (texts, _) => Task.FromResult(texts.Select(text => text == "bad" ? [] : new float[] { 1, 0, 0 }));

        Assert.Equal([3, 0, 3], (await Embedder().EmbedAsync(["a", "bad", "b"], Token)).Select(vector => vector.Length));
    }

    [Theory]
    [InlineData("0 0 0", "without a direction")]
    [InlineData("NaN 0 0", "without a direction")]
    [InlineData("1 0", "2 numbers")]
    public async Task A_vector_that_cannot_be_one_is_the_embedders_failure(string numbers, string reason)
    {
        generator.Answer = (texts, _) => Task.FromResult(texts.Select(_ => numbers.Split(' ').Select(number => float.Parse(number, System.Globalization.CultureInfo.InvariantCulture)).ToArray()));

        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => Embedder().EmbedAsync(["a"], Token));

        Assert.Contains(reason, failure.Reason, StringComparison.Ordinal);
        Assert.False(failure.IsTransient);
    }

    [Fact]
    public async Task Too_few_vectors_are_the_embedders_failure()
    {
        generator.Answer = (texts, _) => Task.FromResult(texts.Skip(1).Select(_ => new float[] { 1, 0, 0 }));

        await Assert.ThrowsAsync<EmbeddingException>(() => Embedder().EmbedAsync(["a", "b"], Token));
    }

    [Fact]
    public async Task The_space_is_the_models_and_asked_for_once_when_nothing_tells_its_dimensions()
    {
        Assert.Equal(new EmbeddingSpace("test-model", 3), await Embedder().FindSpaceAsync(Token));
        Assert.Empty(generator.Calls);

        using var asked = new ScriptedGenerator(dimensions: null);
        var embedder = new Embedder(asked, new EmbeddingOptions());
        Assert.Equal(3, (await embedder.FindSpaceAsync(Token)).Dimensions);
        Assert.Equal(3, (await embedder.FindSpaceAsync(Token)).Dimensions);
        Assert.Single(asked.Calls);
    }

    private Embedder Embedder(int chunk = 512, int overlap = 64) => new(generator, new EmbeddingOptions { ChunkTokens = chunk, ChunkOverlapTokens = overlap });
}
