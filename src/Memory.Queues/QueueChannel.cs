using Azure;
using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;
using Memory.Core;

namespace Memory.Queues;

/// <summary>One Azure queue, made when it is first missed. Texts go as they are: whoever writes or reads one encodes it.</summary>
/// <remarks>Every member throws <see cref="MemoryStoreException"/> when the queue cannot be reached.</remarks>
public sealed class QueueChannel(QueueClient client)
{
    /// <summary>The most messages of one receipt, and the most characters of a message; both are Azure's.</summary>
    public const int MaxReceived = 32, MaxText = 64 * 1_024;

    /// <summary>Its name.</summary>
    public string Name => client.Name;

    /// <summary>Puts a message on the queue.</summary>
    /// <param name="text">At most <see cref="MaxText"/> characters that XML can hold.</param>
    /// <param name="delay">How long nobody sees it.</param>
    /// <param name="lifetime">How long it is kept at most; null for ever.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>The id that the queue gave it.</returns>
    public Task<string> PutAsync(string text, TimeSpan delay, TimeSpan? lifetime, CancellationToken cancellationToken = default) =>
        CallAsync("put a message on the queue", async () =>
        {
            // -1 second is how the protocol says for ever.
            Response<SendReceipt> receipt = await client.SendMessageAsync(text, delay, lifetime ?? TimeSpan.FromSeconds(-1), cancellationToken);
            return receipt.Value.MessageId;
        }, cancellationToken);

    /// <summary>Takes messages for a while: those that are not deleted by then come again.</summary>
    public Task<IReadOnlyList<ReceivedMessage>> ReceiveAsync(int limit, TimeSpan lease, CancellationToken cancellationToken = default) =>
        CallAsync<IReadOnlyList<ReceivedMessage>>("receive messages", async () =>
        {
            Response<QueueMessage[]> received = await client.ReceiveMessagesAsync(limit, lease, cancellationToken);
            return [.. received.Value.Select(message => new ReceivedMessage(this, message.MessageId, message.PopReceipt, message.MessageText, message.DequeueCount, message.InsertedOn))];
        }, cancellationToken);

    /// <summary>About how many messages it holds; 0 for a queue that is not there yet, and is not made by this.</summary>
    public Task<int> CountAsync(CancellationToken cancellationToken = default) => CallAsync("look at the queue", async () =>
    {
        try
        {
            Response<QueueProperties> properties = await client.GetPropertiesAsync(cancellationToken);
            return properties.Value.ApproximateMessagesCount;
        }
        catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
        {
            return 0;
        }
    }, cancellationToken);

    /// <summary>Removes a message, unless it has passed to somebody else.</summary>
    internal Task DeleteAsync(string messageId, string receipt, CancellationToken cancellationToken) =>
        CallAsync("delete a message", async () =>
        {
            await client.DeleteMessageAsync(messageId, receipt, cancellationToken);
            return true;
        }, cancellationToken, whenGone: false);

    /// <summary>Hides a message for a while from now.</summary>
    /// <returns>Its new receipt; null when it is gone or has passed to somebody else.</returns>
    internal Task<string?> HideAsync(string messageId, string receipt, TimeSpan time, CancellationToken cancellationToken) =>
        CallAsync<string?>("keep a message", async () =>
        {
            // Without a text: the message stays what it is.
            Response<UpdateReceipt> update = await client.UpdateMessageAsync(messageId, receipt, visibilityTimeout: time, cancellationToken: cancellationToken);
            return update.Value.PopReceipt;
        }, cancellationToken, whenGone: null);

    private async Task<T> CallAsync<T>(string operation, Func<Task<T>> call, CancellationToken cancellationToken, T? whenGone = default)
    {
        try
        {
            try
            {
                return await call();
            }
            catch (RequestFailedException missing) when (missing.ErrorCode == QueueErrorCode.QueueNotFound)
            {
                await client.CreateIfNotExistsAsync(cancellationToken: cancellationToken);
                return await call();
            }
        }
        catch (RequestFailedException gone) when (gone.ErrorCode is { } code && (code == QueueErrorCode.MessageNotFound || code == QueueErrorCode.PopReceiptMismatch))
        {
            return whenGone!; // only a message that was received can be gone, and these calls say what they then answer
        }
        catch (Exception exception) when (QueueFaults.Of(exception, operation, cancellationToken) is { } fault)
        {
            throw fault;
        }
    }
}
