using System.Net;
using Flurl.Http;
using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Storage.LibSql;

/// <summary>Registers the LibSQL backend.</summary>
public static class ServiceCollectionExtensions
{
    private const string Client = "libsql";

    /// <summary>Keeps messages, operations, keys and the search index in one LibSQL database, opened when it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="LibSqlOptions"/>.</param>
    public static IServiceCollection AddLibSqlMemory(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<LibSqlOptions, LibSqlOptionsValidator>().Bind(section);
        services.TryAddSingleton(TimeProvider.System);
        services.AddClient();
        services.TryAddSingleton(provider => Open(provider, Options(provider)));
        services.TryAddSingleton<IMessageStore, LibSqlMessageStore>();
        services.TryAddSingleton<ISearchIndex, LibSqlSearchIndex>();
        services.TryAddSingleton<IEmbeddingStore, LibSqlEmbeddingStore>();
        services.TryAddSingleton<IOperationStore, LibSqlOperationStore>();
        services.TryAddSingleton<IArchive, LibSqlArchive>();
        services.TryAddSingleton<IKeyStore, LibSqlKeyStore>();
        services.AddSingleton<IUpkeep, WordUpkeep>();

        // Neither opens the database before it is asked to.
        services.TryAddSingleton<ISchema>(provider => new LibSqlSchema(Options(provider), ClientFor(provider, Options(provider)), provider.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IDiagnosis>(provider => new LibSqlDiagnosis(Options(provider), ClientFor(provider, Options(provider)), provider.GetRequiredService<TimeProvider>()));
        return services;
    }

    /// <summary>Keeps vectors, whose messages are elsewhere, in a LibSQL database: <see cref="LibSqlOptions.VectorUrl"/>, or <see cref="LibSqlOptions.Url"/> when that is empty.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="LibSqlOptions"/>.</param>
    public static IServiceCollection AddLibSqlVectors(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<LibSqlOptions, LibSqlOptionsValidator>(LibSqlOptions.Vectors).Bind(section)
            .PostConfigure(options =>
            {
                options.Url = options.VectorUrl.Length > 0 ? options.VectorUrl : options.Url;
                options.AuthToken = options.VectorAuthToken.Length > 0 ? options.VectorAuthToken : options.AuthToken;
            });
        services.TryAddSingleton(TimeProvider.System);
        services.AddClient();
        services.TryAddKeyedSingleton(LibSqlOptions.Vectors, (provider, _) =>
            Open(provider, provider.GetRequiredService<IOptionsMonitor<LibSqlOptions>>().Get(LibSqlOptions.Vectors)));
        services.TryAddSingleton<IVectorIndex>(provider => new LibSqlVectorIndex(provider.GetRequiredKeyedService<LibSqlDatabase>(LibSqlOptions.Vectors)));
        return services;
    }

    // Connections are made anew now and then, so that a change of an address is noticed.
    private static void AddClient(this IServiceCollection services) =>
        services.TryAddKeyedSingleton<IFlurlClient>(Client, (_, _) => new FlurlClient(new HttpClient(new SocketsHttpHandler
        {
            AutomaticDecompression = DecompressionMethods.All,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })));

    private static LibSqlOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<LibSqlOptions>>().Value;

    private static LibSqlDatabase Open(IServiceProvider provider, LibSqlOptions options) =>
        LibSqlDatabase.Open(options, ClientFor(provider, options), provider.GetRequiredService<TimeProvider>());

    // A file needs no client, and none is made for it.
    private static IFlurlClient? ClientFor(IServiceProvider provider, LibSqlOptions options) =>
        LibSqlDatabase.IsOnServer(options.Url) ? provider.GetRequiredKeyedService<IFlurlClient>(Client) : null;
}

[OptionsValidator]
internal sealed partial class LibSqlOptionsValidator : IValidateOptions<LibSqlOptions>;
