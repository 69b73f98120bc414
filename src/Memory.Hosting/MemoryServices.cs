using Memory.Core;
using Memory.Storage.LibSql;
using Memory.Storage.Postgres;
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
        services.AddSingleton(choice);
        services.AddStorage(choice, configuration, environment.IsDevelopment());
        services.AddOptionsWithValidateOnStart<RecallOptions, RecallOptionsValidator>()
            .Bind(configuration.GetSection("Memory:Recall"))
            .Validate(options => options.LexicalWeight + options.DenseWeight > 0, "Memory:Recall:LexicalWeight and Memory:Recall:DenseWeight must not both be 0.");
        services.AddOptionsWithValidateOnStart<OperationOptions, OperationOptionsValidator>().Bind(configuration.GetSection("Memory:Operations"));
        services.TryAddSingleton(TimeProvider.System);
        services.AddEmbedding(configuration, EmbedderChoice.From(configuration));
        services.AddSingleton<AppendMessages>();
        services.AddSingleton(provider => Weights(provider.GetRequiredService<IOptions<RecallOptions>>().Value));
        services.AddSingleton<RecallMessages>();
        services.AddSingleton<EditMessages>();
        services.AddSingleton<EditThreads>();
        services.AddSingleton<WorkingMemories>();
        services.AddSingleton<AcceptOperations>();
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<OperationOptions>>().Value);
        services.AddSingleton<RunOperations>();
        return services;
    }

    /// <summary>Where the storage is, for the start-up log; never a secret.</summary>
    public static string DescribeStorage(IServiceProvider services) => services.GetRequiredService<StorageChoice>().Backend == StorageChoice.Postgres
        ? services.GetRequiredService<PostgresDatabase>().Description
        : services.GetRequiredService<LibSqlDatabase>().Path ?? ":memory:";

    private static FusionWeights Weights(RecallOptions options) => new(options.LexicalWeight, options.DenseWeight);
}

[OptionsValidator]
internal sealed partial class RecallOptionsValidator : IValidateOptions<RecallOptions>;

[OptionsValidator]
internal sealed partial class OperationOptionsValidator : IValidateOptions<OperationOptions>;
