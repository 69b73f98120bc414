using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Takes the terms of long threads out of the search index, in bounded steps after their removal. Until then they only count in how rare a word is.</summary>
public sealed class SearchUpkeep(UpstashServices services) : IUpkeep
{
    private const int RecordsPerStep = 200;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken cancellationToken = default)
    {
        while (await services.Redis.EvalAsync(
            "clean the search index", Scripts.Clean, [], [services.Options.Prefix, Packed.Number(RecordsPerStep)], answer => answer.GetInt64(), cancellationToken) >= 0)
        {
        }
    }
}
