using System.ComponentModel.DataAnnotations;

namespace Memory.Queues;

/// <summary>Azure queues that announce work (configuration: <c>Memory:Queue</c>).</summary>
public sealed class QueueOptions
{
    /// <summary>The storage account's connection string. When this and <see cref="ServiceUri"/> are empty, <c>AzureWebJobsStorage</c> says where the queues are.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>The account's queue endpoint, <c>https://NAME.queue.core.windows.net</c>, for an identity instead of a key.</summary>
    public string ServiceUri { get; set; } = "";

    /// <summary>The client id of a user-assigned identity; empty for the app's own, or a developer's sign-in.</summary>
    public string ManagedIdentityClientId { get; set; } = "";

    /// <summary>The queue of operations. Its poison queue has the same name and <c>-poison</c>.</summary>
    [RegularExpression(NameRule, ErrorMessage = "Memory:Queue:OperationQueue" + NameProblem)]
    public string OperationQueue { get; set; } = DefaultOperationQueue;

    /// <summary>The queue that says that messages await their embedding.</summary>
    [RegularExpression(NameRule, ErrorMessage = "Memory:Queue:EmbeddingQueue" + NameProblem)]
    public string EmbeddingQueue { get; set; } = DefaultEmbeddingQueue;

    /// <summary>How long a message stays with a worker that has died, in seconds; one that lives renews its lease.</summary>
    [Range(2, 3_600)]
    public int LeaseSeconds { get; set; } = 60;

    /// <summary>How long a message whose handling failed waits for the next try, in seconds.</summary>
    [Range(1, 3_600)]
    public int RetrySeconds { get; set; } = 30;

    /// <summary>The longest pause between two looks at an empty queue, in seconds.</summary>
    [Range(0.05, 300)]
    public double PollSeconds { get; set; } = 2;

    /// <summary>How often to look for operations that were accepted and never announced, in seconds; in place of <c>Memory:Operations:SweepSeconds</c>.</summary>
    [Range(0.05, 3_600)]
    public double SweepSeconds { get; set; } = 60;

    /// <summary>The longest that an accepted request waits for the queue, in seconds. It is kept by then, and a queue that is away costs it nothing else.</summary>
    [Range(0.05, 60)]
    public double TimeoutSeconds { get; set; } = 2;

    /// <summary>The name that the trigger of the Functions app listens to.</summary>
    public const string DefaultOperationQueue = "memory-operations";

    /// <summary>The name that the trigger of the Functions app listens to.</summary>
    public const string DefaultEmbeddingQueue = "memory-embeddings";

    // 63 characters is what Azure allows, and "-poison" takes seven of them.
    private const string NameRule = "^(?=.{3,56}$)[a-z0-9]+(-[a-z0-9]+)*$";
    private const string NameProblem = " must be 3 to 56 lower-case letters, digits and single hyphens between them.";
}
