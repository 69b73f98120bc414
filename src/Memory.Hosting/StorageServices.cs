using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Memory.Storage.Upstash;
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
        _ = storage.Backend switch
        {
            StorageChoice.Upstash => services.AddUpstashMemory(configuration.GetSection("Memory:Upstash")),
            StorageChoice.Postgres => services.AddPostgresMemory(configuration.GetSection("Memory:Postgres"), isDevelopment),
            _ => services.AddLibSqlMemory(configuration.GetSection("Memory:LibSql")),
        };
        if (vectors.IsElsewhere)
        {
            _ = vectors.Backend switch
            {
                StorageChoice.Upstash => services.AddUpstashVectors(configuration.GetSection("Memory:Upstash")),
                StorageChoice.Postgres => services.AddPostgresVectors(configuration.GetSection("Memory:Postgres"), isDevelopment),
                _ => services.AddLibSqlVectors(configuration.GetSection("Memory:LibSql")),
            };
            services.AddSplit();
        }

        services.PostConfigureAll<UpstashOptions>(options =>
        {
            options.Url = Or(options.Url, "UPSTASH_REDIS_REST_URL");
            options.Token = Or(options.Token, "UPSTASH_REDIS_REST_TOKEN");
            options.Vector.Url = Or(options.Vector.Url, "UPSTASH_VECTOR_REST_URL");
            options.Vector.Token = Or(options.Vector.Token, "UPSTASH_VECTOR_REST_TOKEN");
        });
        services.PostConfigureAll<PostgresOptions>(options =>
        {
            options.Url = Or(options.Url, "DATABASE_URL");

            // Set on every Functions instance: they come and go, and each has a pool of its own.
            options.Pool.Preset = configuration["Memory:Postgres:Pool:Preset"] is null && configuration["FUNCTIONS_WORKER_RUNTIME"] is not null
                ? PoolPreset.Serverless
                : options.Pool.Preset;
        });
        services.PostConfigureAll<LibSqlOptions>(options => options.AuthToken = Or(options.AuthToken, "LIBSQL_AUTH_TOKEN"));
        return configuration["LIBSQL_URL"] is { Length: > 0 } url && configuration["Memory:LibSql:Url"] is null
            ? services.ConfigureAll<LibSqlOptions>(options => options.Url = url)
            : services;

        string Or(string value, string shortName) => value.Length > 0 ? value : configuration[shortName] ?? "";
    }
}
