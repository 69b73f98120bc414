using Azure;
using Azure.Identity;
using Memory.Core;

namespace Memory.Queues;

/// <summary>Turns what the SDK throws into the one exception of backends.</summary>
internal static class QueueFaults
{
    private const string Store = "queue";

    /// <summary>The fault behind an exception; null for one that is none, and for a caller's cancellation.</summary>
    public static MemoryStoreException? Of(Exception exception, string operation, CancellationToken cancellationToken) => exception switch
    {
        // After the last of several tries the SDK throws all that they threw.
        AggregateException { InnerExceptions: [.., var last] } => Of(last, operation, cancellationToken),
        RequestFailedException { Status: 0 } failed => new MemoryStoreException(Store, operation, isTransient: true, "the queue cannot be reached", failed),
        RequestFailedException failed => new MemoryStoreException(
            Store, operation, isTransient: failed.Status is 408 or 429 or >= 500, $"the queue answered {failed.Status} {failed.ErrorCode}", failed),
        AuthenticationFailedException failed => new MemoryStoreException(
            Store, operation, isTransient: failed is not CredentialUnavailableException, "the app cannot sign in; set Memory:Queue:ConnectionString, or give the app an identity that may use the queue", failed),
        OperationCanceledException when cancellationToken.IsCancellationRequested => null,
        OperationCanceledException late => new MemoryStoreException(Store, operation, isTransient: true, "no answer in time", late),
        _ => null,
    };
}
