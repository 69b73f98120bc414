using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Memory.Queues;

/// <summary>Registers Azure queues.</summary>
public static class ServiceCollectionExtensions
{
    /// <summary>Announces operations and embeddings through Azure queues; nothing is connected to until it is first needed.</summary>
    /// <param name="services">The host's services.</param>
    /// <param name="section">Configuration for <see cref="QueueOptions"/>.</param>
    public static IServiceCollection AddAzureQueues(this IServiceCollection services, IConfiguration section)
    {
        services.AddOptionsWithValidateOnStart<QueueOptions, QueueOptionsValidator>().Bind(section);
        services.AddSingleton<IValidateOptions<QueueOptions>, QueueOptionsRules>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<QueueOptions>>().Value);
        services.AddSingleton(provider => QueueServices.Open(provider.GetRequiredService<QueueOptions>()));
        services.AddSingleton<OperationTransport>();
        services.AddSingleton<IOperationSignal>(provider => provider.GetRequiredService<OperationTransport>());
        services.AddSingleton<IOperationTransport>(provider => provider.GetRequiredService<OperationTransport>());
        services.AddSingleton<IEmbeddingSignal, EmbeddingSignal>();
        services.AddSingleton<IReadiness, QueueReadiness>();
        services.AddSingleton<RedrivePoison>();
        return services;
    }
}

[OptionsValidator]
internal sealed partial class QueueOptionsValidator : IValidateOptions<QueueOptions>;
