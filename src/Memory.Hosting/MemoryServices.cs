using Memory.Core;
using Memory.Queues;
using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
using Memory.Storage.Upstash;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Memory.Hosting;

/// <summary>Composes the service from configuration; the only place that knows every backend.</summary>
public static class MemoryServices
{
    /// <summary>Registers the storage that the configuration chooses and the use cases over it.</summary>
    /// <exception cref="MemoryStoreException">No storage can be chosen; the message says what to set.</exception>
    public static IServiceCollection AddMemory(this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var choice = StorageChoice.From(configuration, environment.IsDevelopment());
        var vectors = VectorChoice.From(configuration, choice);
        services.AddSingleton(choice);
        services.AddSingleton(vectors);
        services.AddStorage(choice, vectors, configuration, environment.IsDevelopment());
        services.AddOptionsWithValidateOnStart<RecallOptions, RecallOptionsValidator>()
            .Bind(configuration.GetSection("Memory:Recall"))
            .Validate(options => options.LexicalWeight + options.DenseWeight > 0, "Memory:Recall:LexicalWeight and Memory:Recall:DenseWeight must not both be 0.");
        services.AddOptionsWithValidateOnStart<OperationOptions, OperationOptionsValidator>().Bind(configuration.GetSection("Memory:Operations"));
        services.TryAddSingleton(TimeProvider.System);
        services.AddEmbedding(configuration, EmbedderChoice.From(configuration));
        services.AddQueues(configuration, QueueChoice.From(configuration));
        services.AddSingleton<AppendMessages>();
        services.AddSingleton(provider => Weights(provider.GetRequiredService<IOptions<RecallOptions>>().Value));
        services.AddSingleton<RecallMessages>();
        services.AddSingleton<EditMessages>();
        services.AddSingleton<EditThreads>();
        services.AddSingleton<WorkingMemories>();
        services.AddSingleton<ExportMemory>();
        services.AddSingleton<AcceptOperations>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OperationOptions>>().Value);
        services.AddSingleton<RunOperations>();
        services.AddSingleton<Sweep>();
        services.AddSingleton<AccessKeys>();
        services.AddOptionsWithValidateOnStart<RetentionOptions, RetentionOptionsValidator>().Bind(configuration.GetSection("Memory:Retention"));
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<RetentionOptions>>().Value);
        services.AddSingleton<ExpireThreads>();
        services.AddSingleton<IUpkeep>(provider => provider.GetRequiredService<ExpireThreads>());
        return services;
    }

    /// <summary>Where the storage is, and where vectors are when they are elsewhere, for the start-up log; never a secret. Nothing is opened for it.</summary>
    public static string DescribeStorage(IServiceProvider services)
    {
        var place = services.GetRequiredService<StorageChoice>().Backend switch
        {
            StorageChoice.Upstash => services.GetRequiredService<UpstashServices>().DescribeMessages(),
            StorageChoice.Postgres => services.GetRequiredService<PostgresDatabase>().Description,
            _ => LibSqlDatabase.Describe(services.GetRequiredService<IOptions<LibSqlOptions>>().Value.Url),
        };
        var vectors = services.GetRequiredService<VectorChoice>();
        return vectors.IsElsewhere ? $"{place} (vectors: {vectors.Backend}, {DescribeVectors(services, vectors)}, because {vectors.Reason})" : place;
    }

    /// <summary>Where operations are announced, for the start-up log; never a secret.</summary>
    public static string DescribeQueue(IServiceProvider services) =>
        services.GetRequiredService<QueueChoice>() is { IsSome: true } choice ? $"{services.GetRequiredService<QueueServices>().Place}, because {choice.Reason}" : "none";

    private static string DescribeVectors(IServiceProvider services, VectorChoice choice) => choice.Backend switch
    {
        StorageChoice.Upstash => services.GetRequiredService<UpstashServices>().DescribeVectors(),
        StorageChoice.Postgres => services.GetRequiredKeyedService<PostgresDatabase>(PostgresOptions.Vectors).Description,
        _ => LibSqlDatabase.Describe(services.GetRequiredService<IOptionsMonitor<LibSqlOptions>>().Get(LibSqlOptions.Vectors).Url),
    };

    private static FusionWeights Weights(RecallOptions options) => new(options.LexicalWeight, options.DenseWeight);
}

[OptionsValidator]
internal sealed partial class RecallOptionsValidator : IValidateOptions<RecallOptions>;

[OptionsValidator]
internal sealed partial class RetentionOptionsValidator : IValidateOptions<RetentionOptions>;

[OptionsValidator]
internal sealed partial class OperationOptionsValidator : IValidateOptions<OperationOptions>;
