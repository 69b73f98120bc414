using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Puts the API into a host.</summary>
public static class MemoryHttpExtensions
{
    /// <summary>Registers the handlers.</summary>
    public static IServiceCollection AddMemoryHttp(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptions<HttpOptions>()
            .Bind(section)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsValidator>();
        services.AddSingleton<IValidateOptions<HttpOptions>, HttpOptionsRules>();
        services.AddSingleton<KnownKeys>();
        services.TryAddSingleton<ResourceTokens>();
        services.AddSingleton<Authenticator>();
        services.AddSingleton<Limits>();
        if (!string.IsNullOrEmpty(section["Jwt:Authority"]))
        {
            services.AddSingleton<IdentityTokens>();
        }

        services.AddSingleton<Readiness>();
        services.AddSingleton<Problems>();
        services.AddSingleton<MemoryGuards>();
        services.AddSingleton(provider => new MemoryApi(provider.GetRequiredService<MemoryGuards>()));
        services.AddSingleton<ThreadHandlers>();
        services.AddSingleton<MessageHandlers>();
        services.AddSingleton<RecallHandlers>();
        services.AddSingleton<ResourceHandlers>();
        services.AddSingleton<WorkingMemoryHandlers>();
        services.AddSingleton(provider => new TokenHandlers(provider.GetRequiredService<ResourceTokens>()));
        services.AddSingleton<ServiceHandlers>();
        return services;
    }

    /// <summary>Registers the handlers of queue messages, for a host that has a queue.</summary>
    public static IServiceCollection AddMemoryQueueHandlers(this IServiceCollection services)
    {
        services.AddOptions<HttpOptions>();
        services.TryAddSingleton<ResourceTokens>();
        services.AddSingleton(provider => new QueueAdmission(provider.GetRequiredService<ResourceTokens>(), provider.GetRequiredService<IOptions<HttpOptions>>()));
        services.AddSingleton<QueueHandlers>();
        return services;
    }

    /// <summary>Guards every request: its path, who calls, how much is taken on, and an answer in problem details when no route gives one. Comes before routing.</summary>
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
            endpoints.MapMethods(route.Pattern, route.Method == HttpMethods.Get ? [HttpMethods.Get, HttpMethods.Head] : [route.Method], (RequestDelegate)route.ServeAsync);
        }

        return endpoints;
    }
}
