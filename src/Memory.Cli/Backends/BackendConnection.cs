using Memory.Core;
using Memory.Hosting;
using Memory.Storage.LibSql;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Memory.Cli;

/// <summary>An open backend, composed as the service composes it.</summary>
internal sealed class BackendConnection : IAsyncDisposable
{
    private readonly ServiceProvider services;

    private BackendConnection(ServiceProvider services) => this.services = services;

    /// <summary>Everything that the service registers.</summary>
    public IServiceProvider Services => services;

    /// <summary>Conversations.</summary>
    public IMessageStore Messages => services.GetRequiredService<IMessageStore>();

    /// <summary>The search over them.</summary>
    public ISearchIndex Search => services.GetRequiredService<ISearchIndex>();

    /// <summary>Their vectors.</summary>
    public IEmbeddingStore Embeddings => services.GetRequiredService<IEmbeddingStore>();

    /// <summary>What of it a migration, a verification, an export and an import need.</summary>
    public StoragePorts Ports => new(Messages, services.GetRequiredService<IArchive>(), Search, Embeddings);

    /// <summary>Work accepted for later.</summary>
    public IOperationStore Operations => services.GetRequiredService<IOperationStore>();

    /// <summary>The schema; null for a backend that has none.</summary>
    public ISchema? Schema => services.GetService<ISchema>();

    /// <summary>The embedding of messages; null without an embedder.</summary>
    public EmbedMessages? Embed => services.GetService<EmbedMessages>();

    /// <summary>The clock.</summary>
    public TimeProvider Clock => services.GetRequiredService<TimeProvider>();

    /// <summary>As in <see cref="StorageChoice"/>.</summary>
    public string Backend => services.GetRequiredService<StorageChoice>().Backend;

    /// <summary>Composes a backend; it is connected to when it is first needed.</summary>
    /// <param name="url">Which; null for the environment's choice.</param>
    /// <param name="environment">The environment's configuration.</param>
    /// <param name="error">For what the libraries log.</param>
    /// <param name="mustExist">Whether a file that is not there is an error, and not made.</param>
    /// <exception cref="MemoryStoreException">No storage can be chosen, or its file is not there.</exception>
    /// <exception cref="OptionsValidationException">A setting is wrong; the message names it.</exception>
    public static BackendConnection Open(BackendUrl? url, IConfiguration environment, StandardError error, bool mustExist)
    {
        var configuration = BackendSettings.For(url, environment);
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddProvider(new StandardErrorLogs(error)).SetMinimumLevel(LogLevel.Warning));
        services.AddMemory(configuration, CliEnvironment.From(environment));
        if (!QueueChoice.From(configuration).IsSome)
        {
            services.AddSingleton<IEmbeddingSignal, NoSignal>();
            services.AddSingleton<IOperationSignal, NoSignal>();
        }

        if (url is not null)
        {
            services.AddSingleton(new StorageChoice(url.Backend, "--url names it")); // of two registrations the last one is given
        }

        var connection = new BackendConnection(services.BuildServiceProvider());
        connection.services.GetService<IStartupValidator>()?.Validate();
        if (mustExist)
        {
            connection.RequireFile();
        }

        return connection;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => services.DisposeAsync();

    // Opening makes a file that is not there; somebody who wants to read has then mistyped its name.
    private void RequireFile()
    {
        if (Backend == StorageChoice.LibSql && LibSqlDatabase.FindFile(services.GetRequiredService<IOptions<LibSqlOptions>>().Value.Url) is { } path && !File.Exists(path))
        {
            throw new MemoryStoreException(
                StorageChoice.LibSql, "open the database", isTransient: false,
                $"there is no file {path}; correct --url (or LIBSQL_URL), or make an empty one with 'memory schema apply --url file:{path}'");
        }
    }
}
