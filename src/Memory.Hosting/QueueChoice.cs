using Microsoft.Extensions.Configuration;

namespace Memory.Hosting;

/// <summary>Whether operations are announced through an Azure queue, and why; without one a host's own worker looks for them.</summary>
/// <param name="IsSome">Whether there is a queue.</param>
/// <param name="Reason">What decided it.</param>
public sealed record QueueChoice(bool IsSome, string Reason)
{
    /// <summary>The Functions host's own storage account: a connection string, or a section with <c>queueServiceUri</c>.</summary>
    internal const string HostStorage = "AzureWebJobsStorage";

    // In this order: what is set for the service alone comes before what the host has for itself.
    private static readonly string[] Settings = ["Memory:Queue:ConnectionString", "Memory:Queue:ServiceUri", HostStorage, $"{HostStorage}:queueServiceUri"];

    /// <summary>Decides: there is a queue when one of the settings says where.</summary>
    public static QueueChoice From(IConfiguration configuration) => Settings.FirstOrDefault(name => !string.IsNullOrEmpty(configuration[name])) is { } set
        ? new QueueChoice(IsSome: true, $"{set} is set")
        : new QueueChoice(IsSome: false, "nothing is configured");
}
