using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Hosting;

/// <summary>Composes the storage side.</summary>
internal static class StorageServices
{
    /// <summary>Registers the chosen backend, with the short names of its settings.</summary>
    public static IServiceCollection AddStorage(this IServiceCollection services, StorageChoice choice, IConfiguration configuration, bool isDevelopment)
    {
        if (choice.Backend == StorageChoice.Postgres)
        {
            return services.AddPostgresMemory(configuration.GetSection("Memory:Postgres"), isDevelopment).PostConfigure<PostgresOptions>(options =>
            {
                options.Url = options.Url.Length > 0 ? options.Url : configuration["DATABASE_URL"] ?? "";

                // Set on every Functions instance: they come and go, and each has a pool of its own.
                options.Pool.Preset = configuration["Memory:Postgres:Pool:Preset"] is null && configuration["FUNCTIONS_WORKER_RUNTIME"] is not null
                    ? PoolPreset.Serverless
                    : options.Pool.Preset;
            });
        }

        services.AddLibSqlMemory(configuration.GetSection("Memory:LibSql"));
        return configuration["LIBSQL_URL"] is { Length: > 0 } url && configuration["Memory:LibSql:Url"] is null
            ? services.Configure<LibSqlOptions>(options => options.Url = url)
            : services;
    }
}
