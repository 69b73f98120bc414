using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;
using Microsoft.Extensions.Hosting;

namespace Memory.Cli;

/// <summary>The environment that the configuration is of, by the names that the service goes by.</summary>
internal sealed record CliEnvironment(string Name) : IHostEnvironment
{
    /// <inheritdoc/>
    public string EnvironmentName { get; set; } = Name;

    /// <inheritdoc/>
    public string ApplicationName { get; set; } = "memory";

    /// <inheritdoc/>
    public string ContentRootPath { get; set; } = Directory.GetCurrentDirectory();

    /// <inheritdoc/>
    public IFileProvider ContentRootFileProvider { get; set; } = new NullFileProvider();

    /// <summary>The environment that variables name; Production when they name none.</summary>
    public static CliEnvironment From(IConfiguration environment) => new(
        environment["DOTNET_ENVIRONMENT"] is { Length: > 0 } name ? name
        : environment["ASPNETCORE_ENVIRONMENT"] is { Length: > 0 } another ? another
        : Environments.Production);
}
