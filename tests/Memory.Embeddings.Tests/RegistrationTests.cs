using System.Diagnostics;
using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Memory.Embeddings.Tests;

/// <summary>The whole stack, as a host registers it.</summary>
public sealed class RegistrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_call_of_many_texts_with_blanks_doubles_and_a_bad_one_is_answered_in_order()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var services = Services.WithAzure(fake, ("Service:BatchSize", "8"));
        string[] texts = [.. Enumerable.Range(0, 40).Select(i => i switch { 5 or 17 => " ", 9 or 30 => "twice", 21 => "[[refuse]]", _ => $"text {i}" })];
        var made = await services.Embedder().GenerateAsync(texts, cancellationToken: Token);
        Assert.Equal(texts.Select(text => text is " " or "[[refuse]]" ? 0 : 64), made.Select(embedding => embedding.Vector.Length));
        Assert.Equal(made[9].Vector.ToArray(), made[30].Vector.ToArray());
        Assert.Equal(FakeVectors.Of("text 39", 64), made[39].Vector.ToArray(), (left, right) => Math.Abs(left - right) < 1e-6);
        Assert.All(fake.TextsEmbedded.Values, count => Assert.Equal(1, count));
        Assert.Equal(5 + 6, fake.Requests); // 37 different texts in requests of 8; three halvings of the one with the bad text
    }

    [Fact]
    public async Task The_same_text_twice_is_one_request_unless_the_cache_is_off()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var cached = Services.WithOpenAI(fake);
        await cached.Embedder().GenerateAsync(["one"], cancellationToken: Token);
        await cached.Embedder().GenerateAsync(["one"], cancellationToken: Token);
        Assert.Equal(1, fake.Requests);
        await using var uncached = Services.WithOpenAI(fake, ("Service:CacheEntries", "0"));
        await uncached.Embedder().GenerateAsync(["one"], cancellationToken: Token);
        await uncached.Embedder().GenerateAsync(["one"], cancellationToken: Token);
        Assert.Equal(3, fake.Requests);
    }

    [Fact]
    public async Task A_throttled_request_is_tried_again()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var services = Services.WithAzure(fake);
        fake.FailWith(FakeFault.Answer(429, ("retry-after-ms", "1")), next: 3);
        Assert.Single(await services.Embedder().GenerateAsync(["one"], cancellationToken: Token));
        Assert.Equal(4, fake.Requests);
    }

    [Theory]
    [InlineData(401)]
    [InlineData(404)]
    public async Task What_is_set_wrong_is_asked_once_and_told(int status)
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var services = Services.WithAzure(fake, status == 401 ? ("AzureOpenAI:ApiKey", "wrong") : ("AzureOpenAI:Deployment", "wrong"));
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => services.Embedder().GenerateAsync(["one", "two"], cancellationToken: Token));
        Assert.False(failure.IsTransient);
        Assert.Contains("Memory:Embedding:AzureOpenAI", failure.Reason, StringComparison.Ordinal);
        Assert.Equal(1, fake.Requests);
    }

    [Fact]
    public async Task Dimensions_a_model_does_not_have_are_told_and_no_text_is_given_up()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var services = Services.WithAzure(fake, ("AzureOpenAI:Dimensions", "4096"));
        foreach (var texts in new[] { ["one"], new[] { "one", "two", "three" } })
        {
            Assert.False((await Assert.ThrowsAsync<EmbeddingException>(() => services.Embedder().GenerateAsync(texts, cancellationToken: Token))).IsTransient);
        }
    }

    [Fact]
    public async Task It_is_named_after_its_setting_and_asks_nobody_when_made()
    {
        await using var fake = await FakeOpenAI.StartAsync();
        await using var services = Services.WithAzure(fake, ("AzureOpenAI:Model", "text-embedding-3-large"), ("AzureOpenAI:Dimensions", "32"));
        var metadata = services.Embedder().GetService<EmbeddingGeneratorMetadata>();
        Assert.Equal(("azure-openai", "text-embedding-3-large", 32), (metadata?.ProviderName, metadata?.DefaultModelId, metadata?.DefaultModelDimensions));
        Assert.Equal(0, fake.Requests);
        Assert.Equal("text-embedding-3-large", (await services.Embedder().GenerateAsync(["one"], cancellationToken: Token))[0].ModelId);
    }

    [Fact]
    public async Task Without_a_key_it_is_made_without_looking_for_an_identity()
    {
        await using var services = Services.Build(
            (services, section) => services.AddAzureOpenAIEmbedder(section), ("AzureOpenAI:Endpoint", "https://nowhere.invalid"), ("AzureOpenAI:Deployment", "embedder"));
        services.GetRequiredService<IStartupValidator>().Validate();
        Assert.NotNull(services.Embedder());
    }

    [Fact]
    public async Task A_call_is_a_span_with_its_tokens_and_no_text()
    {
        List<Activity> spans = [];
        using ActivityListener listener = new()
        {
            ShouldListenTo = source => source.Name == ServiceCollectionExtensions.TelemetrySource,
            Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = spans.Add,
        };
        ActivitySource.AddActivityListener(listener);
        await using var fake = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Model = "measured" });
        await using var services = Services.WithOpenAI(fake, ("OpenAI:Model", "measured"), ("Service:BatchSize", "1"));
        await services.Embedder().GenerateAsync(["my secret", "another secret"], cancellationToken: Token);
        var span = Assert.Single(spans, span => Equals(span.GetTagItem("gen_ai.request.model"), "measured"));
        Assert.Equal(3 + 4, Convert.ToInt32(span.GetTagItem("gen_ai.usage.input_tokens"), System.Globalization.CultureInfo.InvariantCulture));
        Assert.DoesNotContain(span.TagObjects, tag => $"{tag.Value}".Contains("secret", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("AzureOpenAI", "AzureOpenAI:Endpoint", "")]
    [InlineData("AzureOpenAI", "AzureOpenAI:Endpoint", "not an address")]
    [InlineData("AzureOpenAI", "AzureOpenAI:Endpoint", "http://plain.example")]
    [InlineData("AzureOpenAI", "AzureOpenAI:Deployment", "")]
    [InlineData("AzureOpenAI", "AzureOpenAI:Dimensions", "-1")]
    [InlineData("OpenAI", "OpenAI:Url", "localhost")]
    [InlineData("OpenAI", "OpenAI:Model", "")]
    [InlineData("OpenAI", "OpenAI:Dimensions", "70000")]
    [InlineData("OpenAI", "Service:BatchSize", "4096")]
    [InlineData("OpenAI", "Service:TimeoutSeconds", "0")]
    [InlineData("OpenAI", "Service:Retries", "-1")]
    [InlineData("Onnx", "Onnx:Folder", "")]
    [InlineData("Onnx", "Onnx:MaxTokens", "2")]
    [InlineData("Onnx", "Onnx:ModelSha256", "abc")]
    [InlineData("Onnx", "Onnx:DownloadUrl", "ftp://example.com")]
    [InlineData("Onnx", "Service:CacheEntries", "-1")]
    public void A_wrong_setting_stops_the_start_by_name(string embedder, string setting, string value)
    {
        (string, string)[] sound = [("AzureOpenAI:Endpoint", "https://example.com"), ("AzureOpenAI:Deployment", "embedder"), ("Onnx:Folder", "/nowhere")];
        using var fine = Build();
        fine.GetRequiredService<IStartupValidator>().Validate();
        using var wrong = Build((setting, value));
        var failure = Assert.Throws<OptionsValidationException>(wrong.GetRequiredService<IStartupValidator>().Validate);
        Assert.Contains($"Memory:Embedding:{setting}", failure.Message, StringComparison.Ordinal);

        ServiceProvider Build(params (string, string)[] more) => Services.Build(
            (services, section) => _ = embedder switch
            {
                "AzureOpenAI" => services.AddAzureOpenAIEmbedder(section),
                "OpenAI" => services.AddOpenAIEmbedder(section),
                _ => services.AddOnnxEmbedder(section),
            },
            [.. sound, .. more]);
    }

    [Fact]
    public void A_download_needs_both_hashes()
    {
        using var services = Services.Build((services, section) => services.AddOnnxEmbedder(section), ("Onnx:Folder", "/nowhere"), ("Onnx:DownloadUrl", "https://example.com"));
        var failure = Assert.Throws<OptionsValidationException>(services.GetRequiredService<IStartupValidator>().Validate);
        Assert.Contains("ModelSha256", failure.Message, StringComparison.Ordinal);
        Assert.Contains("VocabSha256", failure.Message, StringComparison.Ordinal);
    }
}
