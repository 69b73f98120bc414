using System.Diagnostics;
using System.Runtime.CompilerServices;
using Memory.Hosting;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Memory.Server;

/// <summary>The server's own requests in telemetry: by the pattern of their route, since a path names threads and resources.</summary>
internal static class HttpTelemetry
{
    /// <summary>Adds spans and metrics of requests, if telemetry goes anywhere.</summary>
    public static void AddIfExported(IServiceCollection services, IConfiguration configuration)
    {
        if (TelemetryServices.IsExported(configuration))
        {
            Add(services);
        }
    }

    // A method of its own, which alone names types of OpenTelemetry.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(IServiceCollection services)
    {
        services.ConfigureOpenTelemetryTracerProvider(tracing => tracing.AddAspNetCoreInstrumentation(options =>
        {
            options.Filter = context => !context.Request.Path.StartsWithSegments("/health"); // probes would bury what is asked for
            options.EnrichWithHttpResponse = (span, response) => Describe(span, (response.HttpContext.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText);
        }));
        services.ConfigureOpenTelemetryMeterProvider(metrics => metrics.AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel"));
    }

    private static void Describe(Activity span, string? route) => span.SetTag("url.path", route ?? "/").SetTag("url.query", null);
}
