using System.Reflection;
using System.Runtime.CompilerServices;
using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Memory.Hosting;

/// <summary>
/// Sends traces, metrics and logs to where the configuration says: by OTLP, to Application Insights, or both. When it says nowhere, nothing of OpenTelemetry is even loaded: an instance that is
/// started for a request does not wait for it.
/// </summary>
public static class TelemetryServices
{
    /// <summary>Where an OTLP receiver is; OpenTelemetry's other variables (headers, protocol, sampler) are true of it too.</summary>
    public const string OtlpEndpoint = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// <summary>Which Application Insights to send to.</summary>
    public const string ApplicationInsights = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    // The Functions host's own setting for signing in: Authorization=AAD, and ;ClientId=… for a user-assigned identity.
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    private const string ServiceName = "OTEL_SERVICE_NAME";

    // The other sources and meters there are: the embedders', Npgsql's and those of .NET's HTTP client.
    private const string Embeddings = Memory.Embeddings.ServiceCollectionExtensions.TelemetrySource, Npgsql = "Npgsql", HttpClient = "System.Net.Http";

    /// <summary>Whether telemetry goes anywhere.</summary>
    public static bool IsExported(IConfiguration configuration) => IsSet(configuration, OtlpEndpoint) || IsSet(configuration, ApplicationInsights);

    /// <summary>Registers the exporters that the configuration asks for: OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, Azure Monitor when <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is.</summary>
    public static IServiceCollection AddMemoryTelemetry(this IServiceCollection services, IConfiguration configuration) =>
        IsExported(configuration) ? Add(services, configuration) : services;

    // A method of its own, which alone names types of OpenTelemetry.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IServiceCollection Add(IServiceCollection services, IConfiguration configuration)
    {
        var telemetry = services.AddOpenTelemetry()
            .ConfigureResource(resource =>
            {
                if (!IsSet(configuration, ServiceName))
                {
                    resource.AddService("memory", serviceVersion: typeof(Telemetry).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);
                }
            })
            .WithTracing(tracing => tracing.AddSource(Telemetry.Name, Embeddings, Npgsql).AddHttpClientInstrumentation().AddProcessor(new IdleLooks()))
            .WithMetrics(metrics => metrics.AddMeter(Telemetry.Name, Embeddings, Npgsql, HttpClient));
        services.Configure<OpenTelemetryLoggerOptions>(logs => logs.IncludeFormattedMessage = true);
        if (IsSet(configuration, ApplicationInsights))
        {
            telemetry.UseAzureMonitorExporter(exporter =>
            {
                exporter.ConnectionString = configuration[ApplicationInsights];
                exporter.Credential = Credential(configuration[Authentication]);
            });
        }

        if (IsSet(configuration, OtlpEndpoint))
        {
            telemetry.UseOtlpExporter();
        }

        return services;
    }

    /// <summary>The identity that a string of the host's form names; null when it asks for none.</summary>
    internal static ManagedIdentityCredential? Credential(string? authentication)
    {
        var parts = (authentication ?? "").Split(';', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(part => part.Length == 2).ToDictionary(part => part[0], part => part[1], StringComparer.OrdinalIgnoreCase);
        if (!parts.TryGetValue("Authorization", out var kind) || !kind.Equals("AAD", StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        return new ManagedIdentityCredential(parts.TryGetValue("ClientId", out var id) ? ManagedIdentityId.FromUserAssignedClientId(id) : ManagedIdentityId.SystemAssigned);
    }

    private static bool IsSet(IConfiguration configuration, string name) => !string.IsNullOrEmpty(configuration[name]);
}
