using Memory.Core;
using Memory.Embeddings;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Memory.Hosting;

/// <summary>Composes the embedding side.</summary>
internal static class EmbeddingServices
{
    /// <summary>Registers the chosen embedder and the use cases over it; without one, nothing asks for them. The host registers an <see cref="IEmbeddingSignal"/>.</summary>
    public static IServiceCollection AddEmbedding(this IServiceCollection services, IConfiguration configuration, EmbedderChoice choice)
    {
        services.AddSingleton(choice);
        var section = configuration.GetSection("Memory:Embedding");
        services.AddOptionsWithValidateOnStart<EmbeddingOptions, EmbeddingOptionsValidator>()
            .Bind(section)
            .Validate(
                options => options.ChunkOverlapTokens * 2 < options.ChunkTokens,
                "Memory:Embedding:ChunkOverlapTokens must be less than half of Memory:Embedding:ChunkTokens.");
        if (!choice.IsSome)
        {
            return services;
        }

        services.AddSingleton(provider => provider.GetRequiredService<IOptions<EmbeddingOptions>>().Value);
        services.AddSingleton<Embedder>();
        services.AddSingleton<EmbedMessages>();
        return choice.Provider switch
        {
            EmbedderChoice.AzureOpenAI => services.AddAzureOpenAIEmbedder(section).PostConfigure<AzureOpenAIEmbeddingOptions>(options =>
            {
                options.Endpoint = Or(options.Endpoint, "AZURE_OPENAI_ENDPOINT");
                options.ApiKey = Or(options.ApiKey, "AZURE_OPENAI_API_KEY");
                options.Deployment = Or(options.Deployment, "AZURE_OPENAI_EMBEDDING_DEPLOYMENT");
            }),
            EmbedderChoice.OpenAI => services.AddOpenAIEmbedder(section).PostConfigure<OpenAIEmbeddingOptions>(options =>
                options.ApiKey = Or(options.ApiKey, "OPENAI_API_KEY")),
            _ => services.AddOnnxEmbedder(section).AddOptions<EmbeddingOptions>()
                .PostConfigure<IOptions<OnnxEmbeddingOptions>>((options, onnx) => options.ChunkTokens = Math.Min(options.ChunkTokens, onnx.Value.MaxTokens - 2)) // and its two marks
                .Services,
        };

        string Or(string value, string shortName) => value.Length > 0 ? value : configuration[shortName] ?? "";
    }
}

[OptionsValidator]
internal sealed partial class EmbeddingOptionsValidator : IValidateOptions<EmbeddingOptions>;
