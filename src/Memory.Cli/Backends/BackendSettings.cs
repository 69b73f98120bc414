using Memory.Hosting;
using Microsoft.Extensions.Configuration;

namespace Memory.Cli;

/// <summary>The configuration of a backend: the environment's, with what the command line says above it.</summary>
internal static class BackendSettings
{
    // Below the environment: a command is over in a moment, and keeps no connections for later.
    private static readonly Dictionary<string, string?> Defaults = new() { ["Memory:Postgres:Pool:Preset"] = "Serverless" };

    // Above it: what throws everything away at a service's start is for the service alone.
    private static readonly Dictionary<string, string?> Always = new() { ["Memory:Postgres:DropTables"] = "False", ["Memory:Postgres:ForceDropTables"] = "False" };

    /// <summary>The configuration.</summary>
    /// <param name="url">The backend; null for the environment's choice.</param>
    /// <param name="environment">The environment's.</param>
    public static IConfiguration For(BackendUrl? url, IConfiguration environment) => new ConfigurationBuilder()
        .AddInMemoryCollection(Defaults)
        .AddConfiguration(environment)
        .AddInMemoryCollection(Always)
        .AddInMemoryCollection(url is null ? [] : Of(url))
        .Build();

    // A place of vectors in the environment belongs to the environment's backend.
    private static Dictionary<string, string?> Of(BackendUrl url)
    {
        var settings = new Dictionary<string, string?>
        {
            [StorageChoice.Setting] = url.Backend,
            [VectorChoice.Setting] = "",
            ["Memory:LibSql:VectorUrl"] = "",
            ["Memory:Postgres:VectorUrl"] = "",
        };
        switch (url.Backend)
        {
            case StorageChoice.LibSql:
                settings["Memory:LibSql:Url"] = url.Address;
                break;
            case StorageChoice.Postgres:
                settings["Memory:Postgres:Url"] = url.Address;
                break;
            case StorageChoice.Upstash when url.Address.Length > 0:
                settings["Memory:Upstash:Prefix"] = url.Address;
                break;
        }

        if (url.Token is { } token)
        {
            settings["Memory:LibSql:AuthToken"] = token;
        }

        return settings;
    }
}
