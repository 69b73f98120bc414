using System.CommandLine;
using Memory.Core;
using Memory.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli;

/// <summary><c>memory operations</c>: work that was accepted for later.</summary>
internal static class OperationVerbs
{
    private const int MaxList = 1_000, TextLength = 100;

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "operations", "Work accepted for later. Lists what failed for good, shows one, or has failed ones tried again.", "memory operations list", List(), Show(), Redrive());

    private static VerbCommand List()
    {
        var limit = CommonOptions.Number("--limit", "How many at most; 100 without it.", 1, MaxList);
        return VerbCommand.Of(
            "list", "Lists operations that failed for good, oldest first.", "memory operations list\nmemory operations list --limit 1000 --json",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var table = line.Output.IsJson ? null : line.Output.Table("OPERATION", "KIND", "THREAD", "ATTEMPTS", "UPDATED", "CODE", "REASON");
                foreach (var operation in await backend.Operations.ListFailedAsync(line.Get(limit) ?? 100, cancellationToken))
                {
                    if (table is null)
                    {
                        line.Output.WriteJson(OperationResult.From(operation), CliJson.Default.OperationResult);
                    }

                    table?.Add(
                        operation.Id, operation.Kind, operation.ThreadId ?? "", $"{operation.Attempts}", operation.UpdatedAt.ToRfc3339(), operation.Error?.Code ?? "",
                        PlainText.OneLine(operation.Error?.Message ?? "", TextLength));
                }

                table?.Write();
                return ExitCode.Done;
            },
            limit);
    }

    private static VerbCommand Show()
    {
        var id = CommonOptions.Id("OPERATION", "The operation's id.");
        return VerbCommand.Of(
            "show", "Shows an operation: where it stands, how often it was tried, and why it failed.", "memory operations show 0198c9d2-5a3f-7c1e-9d0a-3f5e6a7b8c9d",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var operation = await backend.Operations.FindAsync(line.Get(id), cancellationToken) ?? throw new InvalidDataException($"There is no operation '{line.Get(id)}'.");
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(OperationResult.From(operation), CliJson.Default.OperationResult);
                    return ExitCode.Done;
                }

                var shown = OperationResult.From(operation);
                line.Output.WriteFields(
                    ("operation", shown.Id), ("kind", shown.Kind), ("status", shown.Status), ("attempts", $"{shown.Attempts}"), ("resource", shown.ResourceId ?? ""),
                    ("thread", shown.ThreadId ?? ""), ("created", shown.CreatedAt.ToRfc3339()), ("updated", shown.UpdatedAt.ToRfc3339()),
                    ("error", shown.Error is null ? "" : $"{shown.Error.Code}: {shown.Error.Message}"), ("result", shown.Result?.Text ?? ""));
                return ExitCode.Done;
            },
            id);
    }

    private static VerbCommand Redrive()
    {
        var ids = new Argument<string[]>("OPERATION") { Description = "Ids of failed operations.", Arity = ArgumentArity.ZeroOrMore };
        var all = new Option<bool>("--all") { Description = "All failed operations, and what stands on the poison queue where there is a queue." };
        return VerbCommand.Of(
            "redrive", "Has failed operations tried again by the service, their attempts counted from zero.",
            "memory operations redrive 0198c9d2-5a3f-7c1e-9d0a-3f5e6a7b8c9d\nmemory operations redrive --all",
            async (line, cancellationToken) =>
            {
                var named = line.Get(ids);
                if (named.Length > 0 == line.Get(all))
                {
                    throw new UsageException("--all or ids of operations are needed, one of them; 'memory operations list' shows the ids.");
                }

                await using var backend = line.Open();
                var result = line.Get(all) ? await AllAsync(backend, cancellationToken) : await NamedAsync(backend, named, cancellationToken);
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(result, CliJson.Default.RedriveResult);
                }
                else
                {
                    line.Output.WriteFields(
                        [("redriven", $"{result.Redriven}"), .. result.Poison is { } poison ? [("from the poison queue", $"{poison}")] : Array.Empty<(string, string)>()]);
                }

                foreach (var id in result.NotFailed)
                {
                    line.Error.WriteLine($"memory: '{id}' is no failed operation");
                }

                return result.NotFailed.Count == 0 ? ExitCode.Done : ExitCode.Found;
            },
            ids, all);
    }

    private static async Task<RedriveResult> NamedAsync(BackendConnection backend, string[] ids, CancellationToken cancellationToken)
    {
        List<string> notFailed = [];
        foreach (var id in ids)
        {
            if (!await TryRedriveAsync(backend, id, cancellationToken))
            {
                notFailed.Add(id);
            }
        }

        return new RedriveResult(ids.Length - notFailed.Count, notFailed, Poison: null);
    }

    private static async Task<RedriveResult> AllAsync(BackendConnection backend, CancellationToken cancellationToken)
    {
        // First what stands in the store: its announcement on the poison queue then finds it queued already. What fails again meanwhile is not taken twice.
        var redriven = new HashSet<string>(StringComparer.Ordinal);
        while ((await backend.Operations.ListFailedAsync(MaxList, cancellationToken)).Where(operation => !redriven.Contains(operation.Id)).ToList() is { Count: > 0 } failed)
        {
            foreach (var operation in failed)
            {
                await TryRedriveAsync(backend, operation.Id, cancellationToken);
                redriven.Add(operation.Id);
            }
        }

        int? poison = backend.Services.GetService<QueueServices>() is { } queues
            ? await backend.Services.GetRequiredService<RedrivePoison>().RunAsync(await queues.PoisonOperations.CountAsync(cancellationToken), cancellationToken)
            : null;
        return new RedriveResult(redriven.Count, [], poison);
    }

    private static async Task<bool> TryRedriveAsync(BackendConnection backend, string id, CancellationToken cancellationToken)
    {
        if (!Identifier.IsValid(id) || !await backend.Operations.RedriveAsync(id, backend.Clock.GetUtcNow(), cancellationToken))
        {
            return false;
        }

        await backend.Services.GetRequiredService<IOperationSignal>().AnnounceAsync(id, cancellationToken);
        return true;
    }
}
