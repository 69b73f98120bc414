using Memory.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.ML.Tokenizers;

namespace Memory.Embeddings.Tests;

public sealed class OnnxTests : IDisposable
{
    private readonly TinyModel model = new();
    private readonly HttpClient http = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        model.Dispose();
        http.Dispose();
    }

    [Fact]
    public async Task The_mean_of_the_tokens_is_the_texts_vector()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()));
        var made = await generator.GenerateAsync(["one two"], cancellationToken: Token);
        AssertNear(TinyModel.VectorOf("[CLS]", "one", "two", "[SEP]"), made[0]);
        Assert.Equal(4, made.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task Or_the_first_tokens_is()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()), options => options.Pooling = Pooling.Cls);
        AssertNear(TinyModel.VectorOf("[CLS]"), (await generator.GenerateAsync(["one two"], cancellationToken: Token))[0]);
    }

    [Theory]
    [InlineData("last_hidden_state")]
    [InlineData("token_embeddings")]
    [InlineData("output_0")]
    public async Task The_output_is_found_by_name_or_rank(string output)
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken(output, "input_ids")));
        AssertNear(TinyModel.VectorOf("[CLS]", "three", "[SEP]"), (await generator.GenerateAsync(["three"], cancellationToken: Token))[0]);
    }

    [Fact]
    public async Task A_model_that_makes_texts_vectors_itself_gets_mask_and_types()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerText()));
        Assert.Null(generator.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelDimensions);
        var made = await generator.GenerateAsync(["one", "one two three four five"], cancellationToken: Token);
        AssertNear(TinyModel.VectorOf("[CLS]", "one", "[SEP]"), made[0]);
        AssertNear(TinyModel.VectorOf("[CLS]", "one", "two", "three", "four", "five", "[SEP]"), made[1]);
        Assert.Equal(TinyModel.Dimensions, generator.GetService<EmbeddingGeneratorMetadata>()?.DefaultModelDimensions);
    }

    [Fact]
    public async Task Texts_of_different_lengths_get_the_vectors_they_get_alone_in_order()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()), options => options.BatchSize = 3);
        string[] texts = ["five", "one two three four five one two", "two three", "one two three", "four", "one", "two two two two two", "three three"];
        var together = await generator.GenerateAsync(texts, cancellationToken: Token);
        foreach (var (text, embedding) in texts.Zip(together))
        {
            AssertNear(TinyModel.VectorOf(["[CLS]", .. text.Split(' '), "[SEP]"]), embedding);
            AssertNear((await generator.GenerateAsync([text], cancellationToken: Token))[0].Vector.ToArray(), embedding);
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(512)]
    public async Task A_longer_text_is_cut_and_keeps_its_marks(int maxTokens)
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()), options => options.MaxTokens = maxTokens);
        string[] words = [.. Enumerable.Range(0, 700).Select(i => TinyModel.Vocabulary[5 + (i % 5)])];
        var made = await generator.GenerateAsync([string.Join(' ', words)], cancellationToken: Token);
        AssertNear(TinyModel.VectorOf(["[CLS]", .. words.Take(maxTokens - 2), "[SEP]"]), made[0]);
        Assert.Equal(maxTokens, made.Usage?.InputTokenCount);
    }

    [Fact]
    public async Task Case_and_accents_are_dropped_unless_the_model_knows_them()
    {
        model.WithVocabulary().With(TinyModel.PerToken());
        using var uncased = Create(model);
        AssertNear(TinyModel.VectorOf("[CLS]", "one", "##s", "ete", ".", "[SEP]"), (await uncased.GenerateAsync(["Ones \u00c9t\u00e9."], cancellationToken: Token))[0]);
        using var cased = Create(model, options => options.LowerCase = false);
        AssertNear(TinyModel.VectorOf("[CLS]", "One", "##s", "[UNK]", "[SEP]"), (await cased.GenerateAsync(["Ones \u00c9t\u00e9"], cancellationToken: Token))[0]);
    }

    [Fact]
    public async Task A_vocabulary_with_Windows_line_ends_is_the_same()
    {
        using var generator = Create(model.WithVocabulary("\r\n").With(TinyModel.PerToken()));
        AssertNear(TinyModel.VectorOf("[CLS]", "one", "two", "[SEP]"), (await generator.GenerateAsync(["one two"], cancellationToken: Token))[0]);
    }

    [Fact]
    public async Task It_says_what_it_is_and_gives_its_tokenizer_once_it_is_read()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()), options => options.Folder += "/");
        Assert.Null(generator.GetService<Tokenizer>());
        await generator.GenerateAsync(["one"], cancellationToken: Token);
        var metadata = generator.GetService<EmbeddingGeneratorMetadata>();
        Assert.Equal(("onnx", Path.GetFileName(model.Folder), TinyModel.Dimensions), (metadata?.ProviderName, metadata?.DefaultModelId, metadata?.DefaultModelDimensions));
        Assert.Equal(3, generator.GetService<Tokenizer>()?.CountTokens("one two three"));
        using var named = Create(model, options => options.Model = "bge-small");
        Assert.Equal("bge-small", (await named.GenerateAsync(["one"], cancellationToken: Token))[0].ModelId);
    }

    [Fact]
    public async Task Missing_files_are_named_and_looked_for_again_the_next_time()
    {
        using var generator = Create(model);
        Assert.Contains("no vocab.txt", (await FailureAsync(generator)).Reason, StringComparison.Ordinal);
        model.WithVocabulary();
        Assert.Contains("no model.onnx", (await FailureAsync(generator)).Reason, StringComparison.Ordinal);
        model.With(TinyModel.PerToken());
        Assert.Single(await generator.GenerateAsync(["one"], cancellationToken: Token));
    }

    [Fact]
    public async Task What_is_no_embedding_model_is_said_to_be_none()
    {
        byte[][] wrong = ["no model"u8.ToArray(), TinyModel.Echo(), TinyModel.PerToken("last_hidden_state", "input_ids", "position_ids")];
        foreach (var content in wrong)
        {
            using var generator = Create(model.WithVocabulary().With(content));
            var failure = await FailureAsync(generator);
            Assert.False(failure.IsTransient);
            Assert.Contains("Memory:Embedding:Onnx:Folder", failure.Reason, StringComparison.Ordinal);
            Assert.DoesNotContain(model.Folder, failure.Reason, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_vocabulary_without_the_models_marks_is_none()
    {
        using var generator = Create(model.With(TinyModel.PerToken()));
        await File.WriteAllTextAsync(Path.Combine(model.Folder, "vocab.txt"), "one\ntwo\n", Token);
        Assert.False((await FailureAsync(generator)).IsTransient);
    }

    [Fact]
    public async Task Many_at_once_get_what_one_gets()
    {
        using var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()));
        var made = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => generator.GenerateAsync([TinyModel.Vocabulary[5 + (i % 5)]], cancellationToken: Token)));
        Assert.All(made.Index(), call => AssertNear(TinyModel.VectorOf("[CLS]", TinyModel.Vocabulary[5 + (call.Index % 5)], "[SEP]"), call.Item[0]));
    }

    [Fact]
    public async Task A_cancelled_call_is_cancelled_and_a_disposed_generator_says_so()
    {
        var generator = Create(model.WithVocabulary().With(TinyModel.PerToken()));
        await generator.GenerateAsync(["one"], cancellationToken: Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => generator.GenerateAsync(["one"], cancellationToken: new CancellationToken(canceled: true)));
        generator.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => generator.GenerateAsync(["one"], cancellationToken: Token));
    }

    private OnnxEmbeddingGenerator Create(TinyModel tiny, Action<OnnxEmbeddingOptions>? change = null)
    {
        OnnxEmbeddingOptions options = new() { Folder = tiny.Folder, Threads = 1 };
        change?.Invoke(options);
        return new OnnxEmbeddingGenerator(options, new ModelDownload(http, options, TimeProvider.System, NullLogger<ModelDownload>.Instance));
    }

    private static async Task<EmbeddingException> FailureAsync(OnnxEmbeddingGenerator generator) =>
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["one"], cancellationToken: Token));

    private static void AssertNear(float[] expected, Embedding<float> actual) =>
        Assert.Equal(expected, actual.Vector.ToArray(), (left, right) => Math.Abs(left - right) < 1e-5);
}
