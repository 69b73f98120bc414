using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Storage.LibSql;

/// <summary>Registers the LibSQL backend.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Keeps messages, operations and the search index in one LibSQL file, opened when it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="LibSqlOptions"/>.</param>
    public static IServiceCollection AddLibSqlMemory(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<LibSqlOptions, LibSqlOptionsValidator>().Bind(section);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(provider => LibSqlDatabase.Open(
            provider.GetRequiredService<IOptions<LibSqlOptions>>().Value, provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IMessageStore, LibSqlMessageStore>();
        services.TryAddSingleton<ISearchIndex, LibSqlSearchIndex>();
        services.TryAddSingleton<IEmbeddingStore, LibSqlEmbeddingStore>();
        services.TryAddSingleton<IOperationStore, LibSqlOperationStore>();
        return services;
    }

    /// <summary>Keeps vectors, whose messages are elsewhere, in a LibSQL file: <see cref="LibSqlOptions.VectorUrl"/>, or <see cref="LibSqlOptions.Url"/> when that is empty.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="LibSqlOptions"/>.</param>
    public static IServiceCollection AddLibSqlVectors(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<LibSqlOptions, LibSqlOptionsValidator>(LibSqlOptions.Vectors).Bind(section)
            .PostConfigure(options => options.Url = options.VectorUrl.Length > 0 ? options.VectorUrl : options.Url);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddKeyedSingleton(LibSqlOptions.Vectors, (provider, _) => LibSqlDatabase.Open(
            provider.GetRequiredService<IOptionsMonitor<LibSqlOptions>>().Get(LibSqlOptions.Vectors), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IVectorIndex>(provider => new LibSqlVectorIndex(provider.GetRequiredKeyedService<LibSqlDatabase>(LibSqlOptions.Vectors)));
        return services;
    }
}

[OptionsValidator]
internal sealed partial class LibSqlOptionsValidator : IValidateOptions<LibSqlOptions>;
