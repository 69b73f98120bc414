using Azure.Storage.Queues;
using Microsoft.Extensions.Options;

namespace Memory.Queues;

/// <summary>What attributes cannot say of the options.</summary>
internal sealed class QueueOptionsRules : IValidateOptions<QueueOptions>
{
    public ValidateOptionsResult Validate(string? name, QueueOptions options)
    {
        List<string> problems = [];
        if (options.ConnectionString.Length == 0)
        {
            if (!Uri.TryCreate(options.ServiceUri, UriKind.Absolute, out var address) || !(address.Scheme == Uri.UriSchemeHttps || (address.Scheme == Uri.UriSchemeHttp && address.IsLoopback)))
            {
                problems.Add("Memory:Queue:ServiceUri must be https://NAME.queue.core.windows.net (http only for loopback); without it set Memory:Queue:ConnectionString, or AzureWebJobsStorage.");
            }
        }
        else if (options.ServiceUri.Length > 0)
        {
            problems.Add("Memory:Queue:ConnectionString and Memory:Queue:ServiceUri are both set; one of them says where the queues are.");
        }
        else if (!IsConnectionString(options.ConnectionString))
        {
            problems.Add("Memory:Queue:ConnectionString (or AzureWebJobsStorage) is no connection string of a storage account; for a sign-in by identity set Memory:Queue:ServiceUri instead.");
        }

        if (options.OperationQueue == options.EmbeddingQueue)
        {
            problems.Add("Memory:Queue:OperationQueue and Memory:Queue:EmbeddingQueue must be two queues.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static bool IsConnectionString(string text)
    {
        try
        {
            _ = new QueueServiceClient(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return false;
        }
    }
}
