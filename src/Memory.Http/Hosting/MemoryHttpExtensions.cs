using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Http;

/// <summary>Puts the API into a host.</summary>
public static class MemoryHttpExtensions
{
    /// <summary>Registers the handlers.</summary>
    public static IServiceCollection AddMemoryHttp(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<HttpOptions>()
            .Bind(section)
            .Validate(options => string.IsNullOrEmpty(options.ApiKey) || options.ApiKey.Length >= 16, "Memory:Http:ApiKey must have at least 16 characters.")
            .Validate(options => options.ReadyCacheSeconds is >= 0 and <= 60, "Memory:Http:ReadyCacheSeconds must be 0 to 60.")
            .ValidateOnStart();
        services.AddSingleton<Readiness>();
        services.AddSingleton<Problems>();
        services.AddSingleton<MemoryGuards>();
        services.AddSingleton(provider => new MemoryApi(provider.GetRequiredService<MemoryGuards>()));
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
        var guards = app.ApplicationServices.GetRequiredService<MemoryGuards>();
        return app.Use(next => context => guards.RunAsync(context, next));
    }

    /// <summary>Routes on paths as the client escaped them, for a host that calls <see cref="MemoryApi"/> behind its own routing. Comes before that.</summary>
    public static IApplicationBuilder UseMemoryPaths(this IApplicationBuilder app) => app.Use(next => context =>
    {
        EscapedPath.TryApply(context); // what cannot be decoded is refused by the guards
        return next(context);
    });

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
}
