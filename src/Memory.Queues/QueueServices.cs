using Azure.Core;
using Azure.Identity;
using Azure.Storage.Queues;

namespace Memory.Queues;

/// <summary>The queues that the options name. Nothing is connected to until it is first needed.</summary>
public sealed class QueueServices
{
    // The SDK must not read what a producer wrote: one message that is not base64 would fail the whole batch it is received with.
    private static readonly QueueClientOptions Client = new()
    {
        MessageEncoding = QueueMessageEncoding.None,
        Retry = { MaxRetries = 2, Delay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(1), NetworkTimeout = TimeSpan.FromSeconds(10) },
    };

    private QueueServices(QueueServiceClient service, QueueOptions options)
    {
        Operations = new QueueChannel(service.GetQueueClient(options.OperationQueue));
        PoisonOperations = new QueueChannel(service.GetQueueClient($"{options.OperationQueue}-poison"));
        Embeddings = new QueueChannel(service.GetQueueClient(options.EmbeddingQueue));
        Place = service.Uri.GetLeftPart(UriPartial.Authority);
    }

    /// <summary>Announced operations, and appends of other producers.</summary>
    public QueueChannel Operations { get; }

    /// <summary>What was given up of these.</summary>
    public QueueChannel PoisonOperations { get; }

    /// <summary>Wake-ups for whoever embeds.</summary>
    public QueueChannel Embeddings { get; }

    /// <summary>Where they are, without a secret.</summary>
    public string Place { get; }

    /// <summary>The queues of an account.</summary>
    /// <param name="options">Where, and by which names.</param>
    /// <param name="credential">Who signs in when there is no connection string; the app's identity when null.</param>
    public static QueueServices Open(QueueOptions options, TokenCredential? credential = null) => new(
        options.ConnectionString.Length > 0
            ? new QueueServiceClient(options.ConnectionString, Client)
            : new QueueServiceClient(new Uri(options.ServiceUri), credential ?? Identity(options), Client),
        options);

    private static DefaultAzureCredential Identity(QueueOptions options) => new(new DefaultAzureCredentialOptions
    {
        ManagedIdentityClientId = options.ManagedIdentityClientId is { Length: > 0 } id ? id : null,
    });
}
