using System.Net;
using Flurl.Http;
using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Storage.Upstash;

/// <summary>Registers the Upstash backend.</summary>
public static class ServiceCollectionExtensions
{
    private const string Client = "upstash";

    /// <summary>Keeps messages, operations, keys and words in Upstash Redis; nothing is connected to until it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="UpstashOptions"/>.</param>
    public static IServiceCollection AddUpstashMemory(this IServiceCollection services, IConfiguration section)
    {
        services.AddUpstashServices(section).AddSingleton<IValidateOptions<UpstashOptions>>(new UpstashOptionsRules(needsRedis: true));
        services.TryAddSingleton<IMessageStore, UpstashMessageStore>();
        services.TryAddSingleton<ISearchIndex, UpstashSearchIndex>();
        services.TryAddSingleton<IEmbeddingStore, UpstashEmbeddingStore>();
        services.TryAddSingleton<IOperationStore, UpstashOperationStore>();
        services.TryAddSingleton<IArchive, UpstashArchive>();
        services.TryAddSingleton<IKeyStore, UpstashKeyStore>();
        services.AddSingleton<IUpkeep, SearchUpkeep>();
        services.TryAddSingleton<IDiagnosis, UpstashDiagnosis>();
        return services;
    }

    /// <summary>Keeps vectors, whose messages are elsewhere, in an Upstash Vector index, or in Upstash Redis when there is no such index.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="UpstashOptions"/>.</param>
    public static IServiceCollection AddUpstashVectors(this IServiceCollection services, IConfiguration section)
    {
        services.AddUpstashServices(section).AddSingleton<IValidateOptions<UpstashOptions>>(new UpstashOptionsRules(needsRedis: false));
        services.TryAddSingleton<IVectorIndex>(provider =>
            provider.GetRequiredService<UpstashServices>() is { HasVector: true } both
                ? new UpstashVectorIndex(both, provider.GetRequiredService<TimeProvider>())
                : new RedisVectorIndex(provider.GetRequiredService<UpstashServices>()));
        return services;
    }

    private static IServiceCollection AddUpstashServices(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<UpstashOptions, UpstashOptionsValidator>().Bind(section);
        services.TryAddSingleton(TimeProvider.System);

        // One for both services. Connections are made anew now and then, so that a change of an address is noticed.
        services.TryAddKeyedSingleton<IFlurlClient>(Client, (_, _) => new FlurlClient(new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })));
        services.TryAddSingleton(provider => UpstashServices.Over(
            provider.GetRequiredKeyedService<IFlurlClient>(Client), provider.GetRequiredService<IOptions<UpstashOptions>>().Value));
        return services;
    }
}

[OptionsValidator]
internal sealed partial class UpstashOptionsValidator : IValidateOptions<UpstashOptions>;
