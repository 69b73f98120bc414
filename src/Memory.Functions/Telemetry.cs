using Azure.Identity;
using Azure.Monitor.OpenTelemetry.Exporter;
using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Memory.Functions;

/// <summary>Sends logs, traces and metrics to Application Insights, where there is one. The host sends its own, requests among them.</summary>
internal static class Telemetry
{
    private const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    // The host's own setting for signing in: Authorization=AAD, and ;ClientId=… for a user-assigned identity.
    private const string Authentication = "APPLICATIONINSIGHTS_AUTHENTICATION_STRING";

    /// <summary>Registers the exporter when <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is set.</summary>
    public static IServiceCollection AddTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration[ConnectionString]))
        {
            return services;
        }

        services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddHttpClientInstrumentation())
            .WithMetrics(metrics => metrics.AddMeter(EmbedMessages.MeterName))
            .UseAzureMonitorExporter(exporter =>
            {
                exporter.ConnectionString = configuration[ConnectionString];
                exporter.Credential = Credential(configuration[Authentication]);
            });
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
}
