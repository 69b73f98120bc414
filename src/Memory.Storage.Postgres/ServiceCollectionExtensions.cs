using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Storage.Postgres;

/// <summary>Registers the PostgreSQL backend.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Keeps messages, operations, keys, words and vectors in one PostgreSQL database, connected to when it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="PostgresOptions"/>.</param>
    /// <param name="isDevelopment">Whether tables may be dropped.</param>
    public static IServiceCollection AddPostgresMemory(this IServiceCollection services, IConfiguration section, bool isDevelopment)
    {
        services.AddOptionsWithValidateOnStart<PostgresOptions, PostgresOptionsValidator>().Bind(section);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresOptions>>(new PostgresOptionsRules(isDevelopment)));
        services.TryAddSingleton(provider => PostgresDatabase.Open(provider.GetRequiredService<IOptions<PostgresOptions>>().Value));
        services.TryAddSingleton<IMessageStore, PostgresMessageStore>();
        services.TryAddSingleton<ISearchIndex, PostgresSearchIndex>();
        services.TryAddSingleton<IEmbeddingStore, PostgresEmbeddingStore>();
        services.TryAddSingleton<IOperationStore, PostgresOperationStore>();
        services.TryAddSingleton<IArchive, PostgresArchive>();
        services.TryAddSingleton<IKeyStore, PostgresKeyStore>();
        services.AddSingleton<IUpkeep, VectorIndexes>();
        services.TryAddSingleton<IDiagnosis, PostgresDiagnosis>();
        services.TryAddSingleton<ISchema, AppliedSchema>();
        return services;
    }

    /// <summary>
    /// Keeps vectors, whose messages are elsewhere, in a PostgreSQL database: <see cref="PostgresOptions.VectorUrl"/>, or <see cref="PostgresOptions.Url"/> when that is empty.
    /// It has a pool of its own.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="PostgresOptions"/>.</param>
    /// <param name="isDevelopment">Whether tables may be dropped.</param>
    public static IServiceCollection AddPostgresVectors(this IServiceCollection services, IConfiguration section, bool isDevelopment)
    {
        services.AddOptionsWithValidateOnStart<PostgresOptions, PostgresOptionsValidator>(PostgresOptions.Vectors).Bind(section)
            .PostConfigure(options => options.Url = options.VectorUrl.Length > 0 ? options.VectorUrl : options.Url);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<PostgresOptions>>(new PostgresOptionsRules(isDevelopment)));
        services.TryAddKeyedSingleton(
            PostgresOptions.Vectors, (provider, _) => PostgresDatabase.Open(provider.GetRequiredService<IOptionsMonitor<PostgresOptions>>().Get(PostgresOptions.Vectors)));
        services.TryAddSingleton<IVectorIndex>(provider => new PostgresVectorIndex(provider.GetRequiredKeyedService<PostgresDatabase>(PostgresOptions.Vectors)));
        return services;
    }
}

[OptionsValidator]
internal sealed partial class PostgresOptionsValidator : IValidateOptions<PostgresOptions>;
