using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Storage.Postgres;

/// <summary>Registers the PostgreSQL backend.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Keeps messages, operations, words and vectors in one PostgreSQL database, connected to when it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="PostgresOptions"/>.</param>
    /// <param name="isDevelopment">Whether tables may be dropped.</param>
    public static IServiceCollection AddPostgresMemory(this IServiceCollection services, IConfiguration section, bool isDevelopment)
    {
        services.AddOptionsWithValidateOnStart<PostgresOptions, PostgresOptionsValidator>().Bind(section);
        services.AddSingleton<IValidateOptions<PostgresOptions>>(new PostgresOptionsRules(isDevelopment));
        services.TryAddSingleton(provider => PostgresDatabase.Open(provider.GetRequiredService<IOptions<PostgresOptions>>().Value));
        services.TryAddSingleton<IMessageStore, PostgresMessageStore>();
        services.TryAddSingleton<ISearchIndex, PostgresSearchIndex>();
        services.TryAddSingleton<IEmbeddingStore, PostgresEmbeddingStore>();
        services.TryAddSingleton<IOperationStore, PostgresOperationStore>();
        services.AddSingleton<IUpkeep, VectorIndexes>();
        return services;
    }
}

[OptionsValidator]
internal sealed partial class PostgresOptionsValidator : IValidateOptions<PostgresOptions>;
