using System.CommandLine;
using System.Globalization;
using Memory.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Memory.Cli;

/// <summary><c>memory recall</c>: what an agent would be given.</summary>
internal static class RecallVerb
{
    private const int TextLength = 200;

    private static readonly Option<string?> Thread = CommonOptions.IdOption("--thread", "THREAD", "The thread whose last messages, and by default whose older ones, are wanted.");
    private static readonly Option<string?> Resource = CommonOptions.IdOption("--resource", "RESOURCE", "Instead of a thread: search all threads of this resource.");
    private static readonly Option<string?> Query = new("--query") { HelpName = "TEXT", Description = "The question. Without it, the last messages only." };
    private static readonly Option<int?> Top = CommonOptions.Number("--top", "How many hits; 3 unless configured otherwise.", 0, RecallQuery.MaxTopK);
    private static readonly Option<int?> Range = CommonOptions.Number("--range", "How many neighbours on either side of a hit; 2 unless configured otherwise.", 0, RecallQuery.MaxRange);
    private static readonly Option<int?> Last = CommonOptions.Number("--last", "How many of the thread's last messages; 30 unless configured otherwise.", 0, RecallQuery.MaxLastMessages);
    private static readonly Option<string?> Scope = new("--scope") { HelpName = "thread|resource", Description = "Search the thread (the default), or all threads of its resource." };
    private static readonly Option<double?> MinScore = CommonOptions.Share("--min-score", "The least score of a hit.");
    private static readonly Option<int?> MaxTokens = CommonOptions.Number("--max-tokens", "The most tokens of the answer; the newest and the best are kept.", 1, int.MaxValue);
    private static readonly Option<bool> Explain = new("--explain") { Description = "Tell how the hits came about." };

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        Scope.AcceptOnlyFromAmong("thread", "resource");
        return VerbCommand.Of(
            "recall", "Recalls what bears on a question: the last messages of a thread and the older ones that matter, as an agent would be given them.",
            """
            memory recall --thread travel --query "Is there a dish without peanuts?" --scope resource
            memory recall --resource ada --query "When does Eva visit?" --top 5 --explain
            memory recall --thread kitchen --last 10 --json
            """,
            RunAsync, Thread, Resource, Query, Top, Range, Scope, Last, MinScore, MaxTokens, Explain);
    }

    private static async Task<int> RunAsync(VerbLine line, CancellationToken cancellationToken)
    {
        var scope = ScopeOf(line);
        await using var backend = line.Open();
        var defaults = backend.Services.GetRequiredService<IOptions<RecallOptions>>().Value;
        var result = await backend.Services.GetRequiredService<RecallMessages>().RecallAsync(
            new RecallQuery
            {
                Scope = scope,
                Query = line.Get(Query),
                LastMessages = scope.ThreadId is null ? 0 : line.Get(Last) ?? defaults.LastMessages,
                TopK = line.Get(Top) ?? defaults.TopK,
                Before = line.Get(Range) ?? defaults.MessageRange,
                After = line.Get(Range) ?? defaults.MessageRange,
                MinScore = line.Get(MinScore) ?? 0,
                MaxTokens = line.Get(MaxTokens),
            },
            cancellationToken);
        var outcome = RecallOutcome.From(result, line.Get(Explain));
        if (line.Output.IsJson)
        {
            line.Output.WriteJson(outcome, CliJson.Default.RecallOutcome);
            return ExitCode.Done;
        }

        Print(line.Output, result, outcome);
        return ExitCode.Done;
    }

    private static SearchScope ScopeOf(VerbLine line)
    {
        if (line.Get(Query) is { } question && string.IsNullOrWhiteSpace(question))
        {
            throw new UsageException("--query must say something; leave it out to get the last messages only.");
        }

        return (line.Get(Thread), line.Get(Resource)) switch
        {
            ({ } thread, null) => line.Get(Scope) == "resource" ? SearchScope.ResourceOf(thread) : SearchScope.Thread(thread),
            (null, { }) when line.Get(Query) is null => throw new UsageException("--resource needs --query: only a thread has last messages."),
            (null, { }) when line.Get(Last) > 0 => throw new UsageException("--last needs --thread: a resource has no last messages."),
            (null, { }) when line.Get(Scope) == "thread" => throw new UsageException("--scope thread needs --thread."),
            (null, { } resource) => SearchScope.Resource(resource),
            _ => throw new UsageException("--thread or --resource is needed, one of them: whose conversations to recall from."),
        };
    }

    private static void Print(Output output, RecallResult result, RecallOutcome outcome)
    {
        var table = output.Table("THREAD", "POSITION", "SOURCE", "SCORE", "ROLE", "TEXT");
        foreach (var (item, shown) in result.Messages.Zip(outcome.Messages))
        {
            table.Add(
                shown.ThreadId, $"{shown.Position}", shown.Source ?? "", shown.Score?.ToString("0.000", CultureInfo.InvariantCulture) ?? "", MessageVerbs.Speaker(item.Message),
                MessageVerbs.Text(item.Message, TextLength));
        }

        table.Write();
        if (outcome.Explain is not { } explain)
        {
            return;
        }

        output.WriteLine("");
        output.WriteFields(
            ("terms", string.Join(' ', explain.Terms)),
            ("vector", explain.Dense is null ? "none: there is no embedder" : explain.Dense.Failure ?? $"{explain.Dense.Model} ({explain.Dense.Dimensions} dimensions)"),
            ("tokens", $"{outcome.Usage.Tokens}{(outcome.Usage.Estimated ? ", estimated" : "")}"),
            ("pending embeddings", $"{outcome.PendingEmbeddings}"),
            ("milliseconds", string.Create(
                CultureInfo.InvariantCulture,
                $"embed {explain.TimingsMs.Embed:0.##}, search {explain.TimingsMs.Search:0.##}, read {explain.TimingsMs.Read:0.##}, select {explain.TimingsMs.Select:0.##}")));
        output.WriteLine("");
        var hits = output.Table("RANK", "THREAD", "POSITION", "SCORE", "LEXICAL", "LEXICAL RANK", "COSINE", "DENSE RANK");
        foreach (var hit in explain.Hits)
        {
            hits.Add(
                $"{hit.Rank}", hit.ThreadId, $"{hit.Position}", hit.Score.ToString("0.000", CultureInfo.InvariantCulture), hit.Signals.Lexical.ToString("0.000", CultureInfo.InvariantCulture),
                $"{hit.Signals.LexicalRank}", hit.Signals.Dense?.ToString("0.000", CultureInfo.InvariantCulture) ?? "", $"{hit.Signals.DenseRank}");
        }

        hits.Write();
    }
}
