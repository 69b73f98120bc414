using Memory.Core;
using Memory.Hosting;
using Memory.Queues;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Functions;

/// <summary>Holds the service to the queues that the app's triggers listen to.</summary>
internal static class TriggeredQueues
{
    /// <summary>Refuses settings by which operations would be announced where no trigger listens.</summary>
    /// <exception cref="MemoryStoreException">There is no queue, or another account's; the message says what to set.</exception>
    public static IServiceCollection AddTriggeredQueues(this IServiceCollection services, IConfiguration configuration)
    {
        if (!QueueChoice.From(configuration).IsSome)
        {
            throw new MemoryStoreException("queue", "start", isTransient: false, "no queue is configured; set AzureWebJobsStorage, or AzureWebJobsStorage__queueServiceUri and an identity");
        }

        services.AddOptions<QueueOptions>()
            .Validate(
                options => options is { OperationQueue: QueueOptions.DefaultOperationQueue, EmbeddingQueue: QueueOptions.DefaultEmbeddingQueue },
                "Memory:Queue:OperationQueue and Memory:Queue:EmbeddingQueue must not be set on Azure Functions, whose triggers listen to their default names.")
            .Validate(
                _ => string.IsNullOrEmpty(configuration["Memory:Queue:ConnectionString"]) && string.IsNullOrEmpty(configuration["Memory:Queue:ServiceUri"]),
                "Memory:Queue:ConnectionString and Memory:Queue:ServiceUri must not be set on Azure Functions, whose triggers listen to the account of AzureWebJobsStorage.");
        return services;
    }
}
