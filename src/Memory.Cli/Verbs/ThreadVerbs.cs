using System.CommandLine;
using System.Globalization;
using System.Runtime.CompilerServices;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory threads</c>: conversations.</summary>
internal static class ThreadVerbs
{
    private const int Page = 1_000, TitleLength = 60;

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "threads", "Conversations. Lists those of a resource, shows one, or deletes one.", "memory threads list --resource ada", List(), Show(), Delete());

    /// <summary>All threads of a resource.</summary>
    public static async IAsyncEnumerable<ThreadRecord> AllAsync(
        IMessageStore store, string resourceId, ThreadOrder order, bool descending, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ThreadCursor? after = null;
        do
        {
            var page = await store.ListThreadsAsync(new ThreadListing(resourceId, Page, order, descending, after), cancellationToken);
            foreach (var thread in page.Items)
            {
                yield return thread;
            }

            after = page.Next;
        }
        while (after is not null);
    }

    private static VerbCommand List()
    {
        var resource = CommonOptions.IdOption("--resource", "RESOURCE", "Whose threads.");
        resource.Required = true;
        var limit = CommonOptions.Number("--limit", "How many at most; all of them without it.", 1, int.MaxValue);
        var orderBy = new Option<string>("--order-by") { HelpName = "createdAt|updatedAt", Description = "By which time.", DefaultValueFactory = _ => "createdAt" };
        orderBy.AcceptOnlyFromAmong("createdAt", "updatedAt");
        var newest = new Option<bool>("--newest") { Description = "Newest first." };
        return VerbCommand.Of(
            "list", "Lists the threads of a resource.", "memory threads list --resource ada\nmemory threads list --resource ada --order-by updatedAt --newest --limit 10",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var table = line.Output.IsJson ? null : line.Output.Table("THREAD", "MESSAGES", "CREATED", "UPDATED", "TITLE");
                var order = line.Get(orderBy) == "updatedAt" ? ThreadOrder.UpdatedAt : ThreadOrder.CreatedAt;
                var threads = AllAsync(backend.Messages, line.Get(resource)!, order, line.Get(newest), cancellationToken); // required
                await foreach (var thread in threads.Take(line.Get(limit) ?? int.MaxValue))
                {
                    if (table is null)
                    {
                        line.Output.WriteJson(ThreadResult.From(thread), CliJson.Default.ThreadResult);
                    }

                    table?.Add(
                        thread.Id, $"{thread.MessageCount}", thread.CreatedAt.ToRfc3339(), thread.UpdatedAt.ToRfc3339(), PlainText.OneLine(thread.Title ?? "", TitleLength));
                }

                table?.Write();
                return ExitCode.Done;
            },
            resource, limit, orderBy, newest);
    }

    private static VerbCommand Show()
    {
        var id = CommonOptions.Id("THREAD", "The thread's id.");
        return VerbCommand.Of(
            "show", "Shows a thread: whose it is, its title and times, and how many messages it holds.", "memory threads show kitchen",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var thread = await backend.Messages.FindThreadAsync(line.Get(id), cancellationToken) ?? throw RefusedException.NoThread(line.Get(id));
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(ThreadResult.From(thread), CliJson.Default.ThreadResult);
                    return ExitCode.Done;
                }

                line.Output.WriteFields([
                    ("thread", thread.Id), ("resource", thread.ResourceId), ("title", thread.Title ?? ""), ("created", thread.CreatedAt.ToRfc3339()),
                    ("updated", thread.UpdatedAt.ToRfc3339()), ("messages", $"{thread.MessageCount}"), ("last position", $"{thread.LastPosition}"),
                    ("metadata", thread.Metadata?.Text ?? ""),
                    .. thread.TimeToLive is { } timeToLive ? [("time to live", string.Create(CultureInfo.InvariantCulture, $"{timeToLive.TotalSeconds} s"))] : Array.Empty<(string, string)>()]);
                return ExitCode.Done;
            },
            id);
    }

    private static VerbCommand Delete()
    {
        var id = CommonOptions.Id("THREAD", "The thread's id.");
        return VerbCommand.Of(
            "delete", "Deletes a thread with its messages, vectors and working memory, for good.", "memory threads delete kitchen\nmemory threads delete kitchen --yes",
            async (line, cancellationToken) =>
            {
                var threadId = line.Get(id);
                if (!line.IsAgreed($"Delete thread '{threadId}' with all its messages for good"))
                {
                    line.Error.WriteLine("Nothing was deleted.");
                    return ExitCode.Failed;
                }

                await using var backend = line.Open();
                var thread = await backend.Messages.FindThreadAsync(threadId, cancellationToken);
                if (thread is null || !await backend.Messages.DeleteThreadAsync(threadId, cancellationToken: cancellationToken))
                {
                    throw RefusedException.NoThread(threadId);
                }

                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(new DeletedResult(threadId, thread.MessageCount), CliJson.Default.DeletedResult);
                }
                else
                {
                    line.Output.WriteFields(("thread", threadId), ("messages", $"{thread.MessageCount}"));
                }

                return ExitCode.Done;
            },
            id, CommonOptions.Yes);
    }
}
