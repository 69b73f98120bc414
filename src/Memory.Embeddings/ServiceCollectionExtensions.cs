using Memory.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Memory.Embeddings;

/// <summary>
/// Registers an embedder as the <see cref="IEmbeddingGenerator{TInput, TEmbedding}"/> of texts. It is made when first asked for and reaches out, or reads its
/// model, at its first call. It answers a vector of length 1 for each text, in order, or an empty one (length 0) for a text that is blank or refused for good;
/// every failure is an <see cref="EmbeddingException"/>.
/// </summary>
public static class ServiceCollectionExtensions
{
    /// <summary>The name of the embedders' activities and metrics.</summary>
    public const string TelemetrySource = "Memory.Embeddings";

    private const string Http = "Memory.Embeddings";

    /// <summary>Embeds with a model deployed on Azure OpenAI.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="embeddingSection"><c>Memory:Embedding</c>: its <c>AzureOpenAI</c> and <c>Service</c> are read.</param>
    public static IServiceCollection AddAzureOpenAIEmbedder(this IServiceCollection services, IConfiguration embeddingSection)
    {
        services.AddOptionsWithValidateOnStart<AzureOpenAIEmbeddingOptions, AzureOpenAIEmbeddingOptionsValidator>().Bind(embeddingSection.GetSection("AzureOpenAI"));
        services.AddSingleton<IValidateOptions<AzureOpenAIEmbeddingOptions>, AzureOpenAIEmbeddingRules>();
        return services.AddService(embeddingSection, provider =>
        {
            var options = provider.GetRequiredService<IOptions<AzureOpenAIEmbeddingOptions>>().Value;
            var model = options.Model is { Length: > 0 } named ? named : options.Deployment;
            var service = new EmbeddingService(
                "azure-openai", "Memory:Embedding:AzureOpenAI", new Uri(options.Endpoint), options.Deployment, model, Asked(options.Dimensions), TimeLimit(provider));
            var http = provider.GetRequiredKeyedService<HttpClient>(Http);
            return new OpenAIEmbeddingGenerator(service, () => EmbeddingClients.Azure(options, http), provider.GetRequiredService<TimeProvider>());
        });
    }

    /// <summary>Embeds with OpenAI or a server that speaks its API.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="embeddingSection"><c>Memory:Embedding</c>: its <c>OpenAI</c> and <c>Service</c> are read.</param>
    public static IServiceCollection AddOpenAIEmbedder(this IServiceCollection services, IConfiguration embeddingSection)
    {
        services.AddOptionsWithValidateOnStart<OpenAIEmbeddingOptions, OpenAIEmbeddingOptionsValidator>().Bind(embeddingSection.GetSection("OpenAI"));
        return services.AddService(embeddingSection, provider =>
        {
            var options = provider.GetRequiredService<IOptions<OpenAIEmbeddingOptions>>().Value;
            var service = new EmbeddingService(
                "openai", "Memory:Embedding:OpenAI", new Uri(options.Url), options.Model, options.Model, Asked(options.Dimensions), TimeLimit(provider));
            var http = provider.GetRequiredKeyedService<HttpClient>(Http);
            return new OpenAIEmbeddingGenerator(service, () => EmbeddingClients.OpenAI(options, http), provider.GetRequiredService<TimeProvider>());
        });
    }

    /// <summary>Embeds with a model in this process.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="embeddingSection"><c>Memory:Embedding</c>: its <c>Onnx</c> and, of its <c>Service</c>, the cache are read.</param>
    public static IServiceCollection AddOnnxEmbedder(this IServiceCollection services, IConfiguration embeddingSection)
    {
        services.AddOptionsWithValidateOnStart<OnnxEmbeddingOptions, OnnxEmbeddingOptionsValidator>().Bind(embeddingSection.GetSection("Onnx"));
        services.AddSingleton<IValidateOptions<OnnxEmbeddingOptions>, OnnxEmbeddingRules>();
        services.AddShared(embeddingSection);
        services.TryAddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<OnnxEmbeddingOptions>>().Value;
            var loggers = provider.GetRequiredService<ILoggerFactory>();
            var download = new ModelDownload(provider.GetRequiredKeyedService<HttpClient>(Http), options, provider.GetRequiredService<TimeProvider>(), loggers.CreateLogger<ModelDownload>());
            return EmbedderStack.ForModel(new OnnxEmbeddingGenerator(options, download), provider.GetRequiredService<IOptions<EmbeddingServiceOptions>>().Value);
        });
        return services;
    }

    private static IServiceCollection AddService(
        this IServiceCollection services, IConfiguration embeddingSection, Func<IServiceProvider, IEmbeddingGenerator<string, Embedding<float>>> create)
    {
        services.AddShared(embeddingSection);
        services.TryAddSingleton(provider => EmbedderStack.ForService(
            create(provider),
            provider.GetRequiredService<IOptions<EmbeddingServiceOptions>>().Value,
            provider.GetRequiredService<ILoggerFactory>(),
            provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    private static void AddShared(this IServiceCollection services, IConfiguration embeddingSection)
    {
        services.AddOptionsWithValidateOnStart<EmbeddingServiceOptions, EmbeddingServiceOptionsValidator>().Bind(embeddingSection.GetSection("Service"));
        services.TryAddSingleton(TimeProvider.System);

        // One for all requests, disposed with the container. Connections are renewed so that a change of address in DNS is noticed; time limits are per request.
        services.TryAddKeyedSingleton(Http, (_, _) => new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5) }) { Timeout = Timeout.InfiniteTimeSpan });
    }

    private static int? Asked(int dimensions) => dimensions == 0 ? null : dimensions;

    private static TimeSpan TimeLimit(IServiceProvider provider) =>
        TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<EmbeddingServiceOptions>>().Value.TimeoutSeconds);
}
