using Memory.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Memory.Hosting;

/// <summary>Composes a storage with vectors that are kept elsewhere.</summary>
internal static class SplitServices
{
    private const string Own = "the storage's own";

    /// <summary>Puts the registered storage and the registered <see cref="IVectorIndex"/> together: whoever asks for a port gets both as one.</summary>
    public static IServiceCollection AddSplit(this IServiceCollection services)
    {
        services.Keep<IMessageStore>();
        services.Keep<ISearchIndex>();
        services.Keep<IEmbeddingStore>();
        services.Keep<IArchive>();
        services.AddSingleton(provider => new ThreadOwners(Of<IMessageStore>(provider), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new SplitEmbeddingStore(Of<IMessageStore>(provider), Of<IEmbeddingStore>(provider), Vectors(provider), Owners(provider)));
        services.AddSingleton<IEmbeddingStore>(provider => provider.GetRequiredService<SplitEmbeddingStore>());
        services.AddSingleton<ISearchIndex>(provider => new SplitSearchIndex(Of<ISearchIndex>(provider), Vectors(provider), Owners(provider)));
        services.AddSingleton<IMessageStore>(provider => new SplitMessageStore(
            Of<IMessageStore>(provider), Of<IArchive>(provider), Vectors(provider), provider.GetRequiredService<SplitEmbeddingStore>(), Owners(provider),
            provider.GetRequiredService<ILogger<SplitMessageStore>>()));
        services.AddSingleton<IArchive>(provider => new SplitArchive(
            Of<IArchive>(provider), Vectors(provider), Of<IEmbeddingStore>(provider), Owners(provider), provider.GetRequiredService<ILogger<SplitArchive>>()));
        return services;
    }

    // The storage's own port, for the composition alone.
    private static void Keep<T>(this IServiceCollection services)
        where T : class
    {
        var own = services.Single(service => service.ServiceType == typeof(T));
        services.Remove(own);
        services.AddKeyedSingleton(typeof(T), Own, own.ImplementationType!); // adapters register their types
    }

    private static T Of<T>(IServiceProvider provider)
        where T : class => provider.GetRequiredKeyedService<T>(Own);

    private static IVectorIndex Vectors(IServiceProvider provider) => provider.GetRequiredService<IVectorIndex>();

    private static ThreadOwners Owners(IServiceProvider provider) => provider.GetRequiredService<ThreadOwners>();
}
