using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Hosting;

/// <summary>Composes the storage side.</summary>
internal static class StorageServices
{
    /// <summary>Registers the chosen backend, with the short names of its settings, and the one of its vectors when they are elsewhere.</summary>
    public static IServiceCollection AddStorage(
        this IServiceCollection services, StorageChoice storage, VectorChoice vectors, IConfiguration configuration, bool isDevelopment)
    {
        _ = storage.Backend == StorageChoice.Postgres
            ? services.AddPostgresMemory(configuration.GetSection("Memory:Postgres"), isDevelopment)
            : services.AddLibSqlMemory(configuration.GetSection("Memory:LibSql"));
        if (vectors.IsElsewhere)
        {
            _ = vectors.Backend == StorageChoice.Postgres
                ? services.AddPostgresVectors(configuration.GetSection("Memory:Postgres"), isDevelopment)
                : services.AddLibSqlVectors(configuration.GetSection("Memory:LibSql"));
            services.AddSplit();
        }

        services.PostConfigureAll<PostgresOptions>(options =>
        {
            options.Url = options.Url.Length > 0 ? options.Url : configuration["DATABASE_URL"] ?? "";

            // Set on every Functions instance: they come and go, and each has a pool of its own.
            options.Pool.Preset = configuration["Memory:Postgres:Pool:Preset"] is null && configuration["FUNCTIONS_WORKER_RUNTIME"] is not null
                ? PoolPreset.Serverless
                : options.Pool.Preset;
        });
        return configuration["LIBSQL_URL"] is { Length: > 0 } url && configuration["Memory:LibSql:Url"] is null
            ? services.ConfigureAll<LibSqlOptions>(options => options.Url = url)
            : services;
    }
}
