using System.Runtime.CompilerServices;
using Memory.Core;

namespace Memory.Cli;

/// <summary><c>memory messages</c>: what was said.</summary>
internal static class MessageVerbs
{
    private const int Page = 500, TextLength = 120;

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "messages", "What was said in a thread. Lists its messages, or shows one in full.", "memory messages list kitchen --last 20", List(), Show());

    private static VerbCommand List()
    {
        var thread = CommonOptions.Id("THREAD", "The thread's id.");
        var last = CommonOptions.Number("--last", "Only so many of the last messages.", 1, RecallQuery.MaxLastMessages);
        var from = CommonOptions.Number("--from", "Only from this position on.", 1, int.MaxValue);
        var limit = CommonOptions.Number("--limit", "How many at most; all of them without it.", 1, int.MaxValue);
        return VerbCommand.Of(
            "list", "Lists the messages of a thread in order; long ones are cut, unless with --json.",
            "memory messages list kitchen\nmemory messages list kitchen --last 20\nmemory messages list kitchen --from 101 --limit 50 --json",
            async (line, cancellationToken) =>
            {
                if (line.Get(last) is not null && (line.Get(from) is not null || line.Get(limit) is not null))
                {
                    throw new UsageException("--last goes without --from and --limit: give either the last N, or a part.");
                }

                await using var backend = line.Open();
                var messages = line.Get(last) is { } count
                    ? LastAsync(backend.Messages, line.Get(thread), count, cancellationToken)
                    : FromAsync(backend.Messages, line.Get(thread), line.Get(from) ?? 1, cancellationToken).Take(line.Get(limit) ?? int.MaxValue);
                var table = line.Output.IsJson ? null : line.Output.Table("POSITION", "CREATED", "ROLE", "ID", "TEXT");
                await foreach (var message in messages)
                {
                    if (table is null)
                    {
                        line.Output.WriteJson(MessageResult.From(message), CliJson.Default.MessageResult);
                    }

                    table?.Add($"{message.Position}", message.CreatedAt.ToRfc3339(), Speaker(message), message.Id, Text(message, TextLength));
                }

                table?.Write();
                return ExitCode.Done;
            },
            thread, last, from, limit);
    }

    private static VerbCommand Show()
    {
        var thread = CommonOptions.Id("THREAD", "The thread's id.");
        var id = CommonOptions.Id("MESSAGE", "The message's id.");
        return VerbCommand.Of(
            "show", "Shows a message in full.", "memory messages show kitchen k1",
            async (line, cancellationToken) =>
            {
                await using var backend = line.Open();
                var stored = await backend.Messages.FindMessageAsync(line.Get(thread), line.Get(id), cancellationToken);
                if (stored is null)
                {
                    throw await backend.Messages.FindThreadAsync(line.Get(thread), cancellationToken) is null
                        ? RefusedException.NoThread(line.Get(thread))
                        : RefusedException.NoMessage(line.Get(thread), line.Get(id));
                }

                var message = stored.Message;
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(MessageResult.From(message) with { Revision = stored.Revision }, CliJson.Default.MessageResult);
                    return ExitCode.Done;
                }

                line.Output.WriteFields(
                    ("message", message.Id), ("thread", message.ThreadId), ("position", $"{message.Position}"), ("role", Speaker(message)),
                    ("created", message.CreatedAt.ToRfc3339()), ("revision", $"{stored.Revision}"), ("metadata", message.Metadata?.Text ?? ""));
                line.Output.WriteLine("");
                line.Output.WriteLine(PlainText.Lines(message.Content.Text.Length > 0 ? message.Content.Text : message.Content.Json.Text));
                return ExitCode.Done;
            },
            thread, id);
    }

    /// <summary>Who speaks, for a table.</summary>
    public static string Speaker(Message message) => message.Name is null ? message.Role.Name() : $"{message.Role.Name()} {message.Name}";

    /// <summary>What is said, for a table; content without words as its JSON.</summary>
    public static string Text(Message message, int most) => PlainText.OneLine(message.Content.Text is { Length: > 0 } text ? text : message.Content.Json.Text, most);

    private static async IAsyncEnumerable<Message> LastAsync(IMessageStore store, string threadId, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var message in await store.ReadAsync(new MessageRead { ThreadId = threadId, Last = count }, cancellationToken) ?? throw RefusedException.NoThread(threadId))
        {
            yield return message;
        }
    }

    private static async IAsyncEnumerable<Message> FromAsync(IMessageStore store, string threadId, long position, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var after = position - 1; ;)
        {
            var page = await store.PageAsync(new MessageListing(threadId, Page, Descending: false, after, Filter: null), cancellationToken) ?? throw RefusedException.NoThread(threadId);
            foreach (var message in page.Items)
            {
                yield return message;
            }

            if (!page.HasMore || page.Items.Count == 0)
            {
                yield break;
            }

            after = page.Items[^1].Position;
        }
    }
}
