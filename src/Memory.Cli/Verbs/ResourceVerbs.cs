using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory resources</c>: whose conversations are kept.</summary>
internal static class ResourceVerbs
{
    private const int Page = 1_000;

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "resources", "Whose conversations are kept: users, tenants or agents. Lists them, tells how much one holds, or erases one.",
        "memory resources list", List(), Show(), Erase());

    private static VerbCommand List()
    {
        var limit = CommonOptions.Number("--limit", "How many at most; all of them without it.", 1, int.MaxValue);
        return VerbCommand.Of(
            "list", "Lists resources by id.", "memory resources list\nmemory resources list --limit 20 --json",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var table = line.Output.IsJson ? null : line.Output.Table("RESOURCE", "CREATED");
                await foreach (var resource in AllAsync(backend.Messages, cancellationToken).Take(line.Get(limit) ?? int.MaxValue))
                {
                    if (table is null)
                    {
                        line.Output.WriteJson(new ResourceResult(resource.Id, resource.CreatedAt), CliJson.Default.ResourceResult);
                    }

                    table?.Add(resource.Id, resource.CreatedAt.ToRfc3339());
                }

                table?.Write();
                return ExitCode.Done;
            },
            limit);
    }

    private static VerbCommand Show()
    {
        var id = CommonOptions.Id("RESOURCE", "The resource's id.");
        return VerbCommand.Of(
            "show", "Tells how many threads and messages a resource holds, and how many of these still await their vectors.", "memory resources show ada",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var resource = await FindAsync(backend.Messages, line.Get(id), cancellationToken)
                    ?? throw new InvalidDataException($"There is no resource '{line.Get(id)}'.");
                var (threads, messages) = (0L, 0L);
                await foreach (var thread in ThreadVerbs.AllAsync(backend.Messages, resource.Id, ThreadOrder.CreatedAt, descending: false, cancellationToken))
                {
                    (threads, messages) = (threads + 1, messages + thread.MessageCount);
                }

                var found = await backend.Search.SearchAsync(
                    new SearchQuery { Scope = SearchScope.Resource(resource.Id), Terms = [], CountPending = true, TopK = 1 }, cancellationToken);
                var summary = new ResourceSummary(resource.Id, resource.CreatedAt, threads, messages, found?.PendingEmbeddings ?? 0);
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(summary, CliJson.Default.ResourceSummary);
                    return ExitCode.Done;
                }

                line.Output.WriteFields(
                    ("resource", summary.Id), ("created", summary.CreatedAt.ToRfc3339()), ("threads", $"{summary.Threads}"), ("messages", $"{summary.Messages}"),
                    ("pending embeddings", $"{summary.PendingEmbeddings}"));
                return ExitCode.Done;
            },
            id);
    }

    private static VerbCommand Erase()
    {
        var id = CommonOptions.Id("RESOURCE", "The resource's id.");
        return VerbCommand.Of(
            "erase", "Removes everything of a resource for good: threads, messages, vectors, working memory and operations. Prints what was removed.",
            "memory resources erase ada\nmemory resources erase ada --yes --json",
            async (line, cancellationToken) =>
            {
                var resourceId = line.Get(id);
                if (!line.IsAgreed($"Erase everything of resource '{resourceId}' for good"))
                {
                    line.Error.WriteLine("Nothing was erased.");
                    return ExitCode.Failed;
                }

                await using var backend = line.Open();
                var erased = ErasedResult.From(resourceId, await backend.Messages.EraseResourceAsync(resourceId, backend.Clock.GetUtcNow(), cancellationToken));
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(erased, CliJson.Default.ErasedResult);
                }
                else
                {
                    line.Output.WriteFields(
                        ("threads", $"{erased.Threads}"), ("messages", $"{erased.Messages}"), ("working memories", $"{erased.WorkingMemories}"),
                        ("operations", $"{erased.Operations}"), ("leftovers", $"{erased.Leftovers}"));
                }

                return erased.Leftovers == 0 ? ExitCode.Done : ExitCode.Found;
            },
            id, CommonOptions.Yes);
    }

    private static async IAsyncEnumerable<ResourceRecord> AllAsync(
        IMessageStore store, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? after = null;
        do
        {
            var page = await store.ListResourcesAsync(new ResourceListing(Page, after), cancellationToken);
            foreach (var resource in page.Items)
            {
                yield return resource;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    // The list is by id: of all that begin with it, the id itself is the first.
    private static async Task<ResourceRecord?> FindAsync(IMessageStore store, string id, CancellationToken cancellationToken) =>
        (await store.ListResourcesAsync(new ResourceListing(1, Prefix: id), cancellationToken)).Items is [var first] && first.Id == id ? first : null;
}
