using Memory.Fakes;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Embeddings.Tests;

/// <summary>A host's services with an embedder in them.</summary>
internal static class Services
{
    public static ServiceProvider WithAzure(FakeOpenAI fake, params (string Name, string Value)[] settings) => Build(
        (services, section) => services.AddAzureOpenAIEmbedder(section),
        [("AzureOpenAI:Endpoint", fake.Url), ("AzureOpenAI:ApiKey", fake.Key), ("AzureOpenAI:Deployment", "embedder"), .. settings]);

    public static ServiceProvider WithOpenAI(FakeOpenAI fake, params (string Name, string Value)[] settings) => Build(
        (services, section) => services.AddOpenAIEmbedder(section),
        [("OpenAI:Url", $"{fake.Url}/v1"), ("OpenAI:ApiKey", fake.Key), .. settings]);

    public static ServiceProvider Build(Action<IServiceCollection, IConfiguration> add, params (string Name, string Value)[] settings)
    {
        Dictionary<string, string?> values = [];
        foreach (var (name, value) in settings)
        {
            values[$"Memory:Embedding:{name}"] = value; // the last one counts
        }

        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        var services = new ServiceCollection().AddLogging();
        add(services, configuration.GetSection("Memory:Embedding"));
        return services.BuildServiceProvider();
    }

    public static IEmbeddingGenerator<string, Embedding<float>> Embedder(this IServiceProvider provider) => provider.GetRequiredService<IEmbeddingGenerator<string, Embedding<float>>>();
}
