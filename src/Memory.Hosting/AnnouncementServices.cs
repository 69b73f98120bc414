using Memory.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Hosting;

/// <summary>Composes the queue side.</summary>
internal static class AnnouncementServices
{
    /// <summary>Registers the queues, with the settings of the Functions host's storage account where none of the service's own say where they are.</summary>
    public static IServiceCollection AddQueues(this IServiceCollection services, IConfiguration configuration, QueueChoice choice)
    {
        services.AddSingleton(choice);
        if (!choice.IsSome)
        {
            return services;
        }

        services.AddAzureQueues(configuration.GetSection("Memory:Queue"));
        return services.PostConfigure<QueueOptions>(options =>
        {
            if (options.ConnectionString.Length > 0 || options.ServiceUri.Length > 0)
            {
                return;
            }

            var host = configuration.GetSection(QueueChoice.HostStorage);
            options.ConnectionString = host.Value ?? "";
            options.ServiceUri = options.ConnectionString.Length > 0 ? "" : host["queueServiceUri"] ?? "";
            options.ManagedIdentityClientId = options.ManagedIdentityClientId.Length > 0 ? options.ManagedIdentityClientId : host["clientId"] ?? "";
        });
    }
}
