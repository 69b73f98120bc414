using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Puts the API into a host.</summary>
public static partial class MemoryHttpExtensions
{
    /// <summary>Registers the handlers.</summary>
    public static IServiceCollection AddMemoryHttp(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<HttpOptions>()
            .Bind(section)
            .Validate(options => string.IsNullOrEmpty(options.ApiKey) || options.ApiKey.Length >= 16, "Memory:Http:ApiKey must have at least 16 characters.")
            .ValidateOnStart();
        services.AddSingleton<Problems>();
        services.AddSingleton<ThreadHandlers>();
        services.AddSingleton<MessageHandlers>();
        services.AddSingleton<RecallHandlers>();
        services.AddSingleton<ResourceHandlers>();
        services.AddSingleton<WorkingMemoryHandlers>();
        services.AddSingleton<ServiceHandlers>();
        return services;
    }

    /// <summary>Registers the handlers of queue messages, for a host that has a queue.</summary>
    public static IServiceCollection AddMemoryQueueHandlers(this IServiceCollection services) => services.AddSingleton<QueueHandlers>();

    /// <summary>Guards every request: its path, its key, and an answer in problem details when no route gives one. Comes before routing.</summary>
    public static IApplicationBuilder UseMemoryGuards(this IApplicationBuilder app)
    {
        var key = app.ApplicationServices.GetRequiredService<IOptions<HttpOptions>>().Value.ApiKey;
        var logger = app.ApplicationServices.GetRequiredService<ILogger<Problems>>();
        return app.Use(async (context, next) =>
        {
            if (!EscapedPath.TryApply(context))
            {
                await Problems.Plain(400).ExecuteAsync(context);
                return;
            }

            if (!ApiKey.Admits(context.Request, key))
            {
                context.Response.Headers.WWWAuthenticate = "Bearer";
                await Problems.Plain(401).ExecuteAsync(context);
                return;
            }

            try
            {
                await next(context);
            }
            catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
            {
                return; // nobody is there to answer
            }
#pragma warning disable CA1031 // The host's edge: a bug becomes a bare 500, and its trace stays in the log.
            catch (Exception exception)
            {
                Log.Failed(logger, exception);
                if (context.Response.HasStarted)
                {
                    context.Abort(); // so that a stream cut short is seen to be
                    return;
                }

                context.Response.Clear();
                context.Response.StatusCode = StatusCodes.Status500InternalServerError;
                return;
            }
#pragma warning restore CA1031

            if (context is { Response: { HasStarted: false, StatusCode: 404 or 405, ContentType: null } })
            {
                await Problems.Plain(context.Response.StatusCode).ExecuteAsync(context);
            }
        });
    }

    /// <summary>Maps all routes.</summary>
    public static IEndpointRouteBuilder MapMemory(this IEndpointRouteBuilder endpoints)
    {
        foreach (var route in MemoryRoutes.All)
        {
            // A RequestDelegate: nothing to bind, so nothing is generated or compiled at start.
            RequestDelegate handle = async context => await (await route.Handle(context)).ExecuteAsync(context);
            endpoints.MapMethods(route.Pattern, route.Method == HttpMethods.Get ? [HttpMethods.Get, HttpMethods.Head] : [route.Method], handle);
        }

        return endpoints;
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 2, Level = LogLevel.Error, Message = "A request failed.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
