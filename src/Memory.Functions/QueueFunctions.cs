using System.Globalization;
using Memory.Http;
using Memory.Queues;
using Microsoft.Azure.Functions.Worker;

namespace Memory.Functions;

/// <summary>The messages of both queues, by the same handlers as on the server.</summary>
public sealed class QueueFunctions(QueueHandlers handlers)
{
    /// <summary>Runs an operation, or takes an append from a producer that does not call the API.</summary>
    [Function("runOperation")]
    public Task OperationAsync([QueueTrigger(QueueOptions.DefaultOperationQueue)] string text, FunctionContext context, CancellationToken cancellationToken) =>
        handlers.OperationAsync(Delivery(text, context), cancellationToken);

    /// <summary>Embeds what awaits its embedding.</summary>
    [Function("embed")]
    public Task EmbeddingAsync([QueueTrigger(QueueOptions.DefaultEmbeddingQueue)] string text, FunctionContext context, CancellationToken cancellationToken) =>
        handlers.EmbeddingAsync(Delivery(text, context), cancellationToken);

    // What the host tells of a message beside its text.
    private static QueueDelivery Delivery(string text, FunctionContext context) => new(
        text,
        Convert.ToString(context.BindingContext.BindingData["Id"], CultureInfo.InvariantCulture)!, // every message has one
        Convert.ToInt64(context.BindingContext.BindingData["DequeueCount"], CultureInfo.InvariantCulture),
        DateTimeOffset.TryParse(
            (context.BindingContext.BindingData.GetValueOrDefault("InsertionTime") as string)?.Trim('"'), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var sentAt) ? sentAt : null);
}
