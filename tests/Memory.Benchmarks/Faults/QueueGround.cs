using Azure.Storage.Queues;
using Azure.Storage.Queues.Models;

namespace Memory.Benchmarks.Faults;

/// <summary>A database whose operations are announced through Azure queues, which deliver them twice, late and in any order.</summary>
internal static class QueueGround
{
    private const int Copies = 2, MostSecondsLate = 2;

    /// <summary>Adds queues with names of its own to a ground, and strikes these.</summary>
    public static async Task<Ground> OverAsync(Func<Task<Ground>> open)
    {
        var account = TestServer.Find("MEMORY_TEST_AZURITE");
        var ground = await open();
        var name = $"bench-{Guid.NewGuid():N}";
        var service = new QueueServiceClient(account);
        var (operations, embeddings, poison) = (service.GetQueueClient(name), service.GetQueueClient($"{name}-e"), service.GetQueueClient($"{name}-poison"));
        await operations.CreateIfNotExistsAsync();
        return new Ground(
            new Dictionary<string, string>(ground.Settings)
            {
                ["Memory__Queue__ConnectionString"] = account,
                ["Memory__Queue__OperationQueue"] = operations.Name,
                ["Memory__Queue__EmbeddingQueue"] = embeddings.Name,
                ["Memory__Queue__PollSeconds"] = "0.1",
                ["Memory__Queue__LeaseSeconds"] = "2",
                ["Memory__Queue__RetrySeconds"] = "1",
                ["Memory__Queue__SweepSeconds"] = "2",
            },
            (random, over) => StrikeAsync(operations, random, over),
            async () =>
            {
                foreach (var queue in (QueueClient[])[operations, embeddings, poison])
                {
                    await queue.DeleteIfExistsAsync();
                }

                await ground.DisposeAsync();
            });
    }

    // Takes what waits, and sends it again more than once. What was taken is not removed: it comes back by itself, later than all.
    private static async Task StrikeAsync(QueueClient queue, Random random, CancellationToken over)
    {
        QueueMessage[] taken = [];
        while (taken.Length == 0 && !over.IsCancellationRequested)
        {
            taken = await queue.ReceiveMessagesAsync(32, TimeSpan.FromSeconds(MostSecondsLate), CancellationToken.None);
        }

        QueueMessage[] copies = [.. Enumerable.Repeat(taken, Copies).SelectMany(messages => messages)];
        random.Shuffle(copies);
        foreach (var copy in copies)
        {
            await queue.SendMessageAsync(copy.MessageText, TimeSpan.FromSeconds(random.Next(MostSecondsLate + 1)), cancellationToken: CancellationToken.None);
        }
    }
}
