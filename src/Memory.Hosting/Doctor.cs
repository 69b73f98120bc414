using Memory.Core;
using Memory.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Hosting;

/// <summary>Examines a composed service from end to end: what was chosen, the backend, the vectors' place, the embedder, what waits and what failed, the queue. Nothing is changed.</summary>
public sealed class Doctor(IServiceProvider services)
{
    // Any text does: only that an answer comes, and how long its vector is.
    private const string Probe = "examination";

    private const int MostFailed = 1_000;

    private static readonly TimeSpan EmbedderLimit = TimeSpan.FromSeconds(30);
    private readonly List<Finding> findings = [];

    /// <summary>Makes all checks; one that cannot be made for what another found is left out.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        findings.Clear();
        var storage = services.GetRequiredService<StorageChoice>();
        findings.Add(Finding.Ok("configuration", $"{storage.Backend}, {MemoryServices.DescribeStorage(services)}, because {storage.Reason}"));
        var diagnosis = await services.GetRequiredService<IDiagnosis>().DiagnoseAsync(cancellationToken);
        findings.AddRange(diagnosis.Findings);
        if (diagnosis.IsUsable)
        {
            await CheckVectorsAsync(cancellationToken);
        }

        await CheckEmbedderAsync(diagnosis.IsUsable, cancellationToken);
        if (diagnosis.IsUsable)
        {
            await CheckWaitingAsync(cancellationToken);
        }

        await CheckQueueAsync(cancellationToken);
        return findings;
    }

    private async Task CheckVectorsAsync(CancellationToken cancellationToken)
    {
        if (services.GetRequiredService<VectorChoice>() is { IsElsewhere: true } choice)
        {
            await AddAsync("vectors", "correct the place of the vectors (README, Storage)", async () =>
            {
                await services.GetRequiredService<IVectorIndex>().CheckAsync(cancellationToken);
                return Finding.Ok("vectors", $"{choice.Backend} answers, because {choice.Reason}");
            });
        }
    }

    private async Task CheckEmbedderAsync(bool isUsable, CancellationToken cancellationToken)
    {
        var choice = services.GetRequiredService<EmbedderChoice>();
        EmbeddingSpace? stored = null;
        if (isUsable && !await TryAsync("stored vectors", "try again", async () => stored = await services.GetRequiredService<IEmbeddingStore>().FindSpaceAsync(cancellationToken)))
        {
            return;
        }

        if (!choice.IsSome)
        {
            findings.Add(stored is null
                ? Finding.Ok("embedder", $"none, because {choice.Reason}: recall goes by words")
                : Finding.Warning("embedder", $"none, because {choice.Reason}, and vectors of {stored} are stored: recall goes by words alone", "configure that embedder (README, Embedders)"));
            return;
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(EmbedderLimit);
        try
        {
            var embedder = services.GetRequiredService<Embedder>();
            await embedder.EmbedAsync([Probe], limit.Token);
            var space = await embedder.FindSpaceAsync(limit.Token);
            findings.Add(stored is null || stored == space
                ? Finding.Ok("embedder", $"{choice.Provider} answers with {space}, {(stored is null ? "and no vectors are stored yet" : "as what is stored")}")
                : Finding.Failed(
                    "embedder", $"{choice.Provider} answers with {space}, and the stored vectors are of {stored}: recalls are refused",
                    "configure the former embedder again, or move everything to this one with 'memory reembed'"));
        }
        catch (EmbeddingException failure)
        {
            Fail(failure.Reason);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            Fail($"no answer within {EmbedderLimit.TotalSeconds:0} s");
        }

        void Fail(string reason) => findings.Add(Finding.Failed(
            "embedder", $"{choice.Provider}, because {choice.Reason}: {reason}", "correct Memory:Embedding (README, Embedders); until then recall goes by words"));
    }

    private async Task CheckWaitingAsync(CancellationToken cancellationToken)
    {
        await AddAsync("pending embeddings", "try again", async () =>
        {
            var pending = await services.GetRequiredService<IEmbeddingStore>().CountAsync(cancellationToken);
            return pending == 0
                ? Finding.Ok("pending embeddings", "no message awaits its vectors")
                : Finding.Warning("pending embeddings", $"{pending} messages await their vectors", "see that a service runs and its embedder answers; 'memory reembed' works the list off here");
        });
        await AddAsync("failed operations", "try again", async () =>
        {
            var failed = (await services.GetRequiredService<IOperationStore>().ListFailedAsync(MostFailed, cancellationToken)).Count;
            return failed == 0
                ? Finding.Ok("failed operations", "none")
                : Finding.Warning("failed operations", failed == MostFailed ? $"{failed} or more" : $"{failed}", "'memory operations list' tells why; 'memory operations redrive' tries them again");
        });
    }

    private async Task CheckQueueAsync(CancellationToken cancellationToken)
    {
        if (!services.GetRequiredService<QueueChoice>().IsSome)
        {
            return;
        }

        await AddAsync("queue", "correct Memory:Queue (README, Azure Functions), or the identity's role", async () =>
        {
            var queues = services.GetRequiredService<QueueServices>();
            var waiting = await queues.Operations.CountAsync(cancellationToken);
            var poisoned = await queues.PoisonOperations.CountAsync(cancellationToken);
            var text = $"{MemoryServices.DescribeQueue(services)}: {waiting} waiting, {poisoned} given up";
            return poisoned == 0 ? Finding.Ok("queue", text) : Finding.Warning("queue", text, "'memory operations redrive --all' puts them back");
        });
    }

    private Task<bool> AddAsync(string check, string fix, Func<Task<Finding>> examine) => TryAsync(check, fix, async () => findings.Add(await examine()));

    // A fault is a finding.
    private async Task<bool> TryAsync(string check, string fix, Func<Task> examine)
    {
        try
        {
            await examine();
            return true;
        }
        catch (MemoryStoreException fault)
        {
            findings.Add(Finding.Failed(check, fault.Reason, fix));
            return false;
        }
    }
}
