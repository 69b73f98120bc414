using System.CommandLine;
using System.Globalization;
using Memory.Core;
using Memory.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli;

/// <summary><c>memory eval</c>: how well recall finds the answers to labelled questions.</summary>
internal static class EvalVerb
{
    // For taking back what was loaded, which an interruption must not prevent.
    private static readonly TimeSpan EraseLimit = TimeSpan.FromSeconds(25);

    private const string Notes =
        $$"""
        The folder holds two files of one JSON object a line (other fields are passed over):
          {{EvaluationSet.MessageFile}}   {"resourceId", "threadId", "id", "role", "name"?, "content", "createdAt"?}
          {{EvaluationSet.QuestionFile}}  {"resourceId", "threadId"?, "id"?, "question", "gold": [message ids], "kind"?}
        content is a text. gold names the messages that answer the question; ids are unique within a resource.
        With a threadId the question is asked within that thread too. Without a kind, questions are grouped by
        their question word. hit@K is the share of questions with an answer among the first K hits, and mrr the
        mean of 1 / place of the first answer among 20 hits.

        The conversations go into a temporary file; with --url into that backend, under resources of their own
        that are erased afterwards. The embedder is the environment's; without one, recall goes by words.
        """;

    /// <summary>The verb.</summary>
    public static VerbCommand Create()
    {
        var folder = new Argument<DirectoryInfo>("FOLDER") { Description = $"Holds {EvaluationSet.MessageFile} and {EvaluationSet.QuestionFile}." };
        folder.AcceptExistingOnly();
        var threshold = CommonOptions.Share("--min-hit10", "Exit with 2 when fewer questions than this have an answer among the first 10 hits of their resource.");
        return VerbCommand.Of(
            "eval", "Measures recall on conversations with labelled questions: how often an answer is among the first hits, and how long a recall takes.",
            "memory eval ./my-questions\nmemory eval ./my-questions --min-hit10 0.55 --json", Notes,
            async (line, cancellationToken) =>
            {
                var set = Read(line.Get(folder));
                var result = await MeasureAsync(line, set, cancellationToken);
                if (line.Output.IsJson)
                {
                    line.Output.WriteJson(result, CliJson.Default.EvalResult);
                }
                else
                {
                    Print(line.Output, result);
                }

                if (line.Get(threshold) is { } least && result.Resource.All.Hit10 < least)
                {
                    line.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"memory: hit@10 is {result.Resource.All.Hit10:0.0000}, below --min-hit10 {least}"));
                    return ExitCode.Found;
                }

                return ExitCode.Done;
            },
            [folder, threshold, CommonOptions.Url]);
    }

    private static EvaluationSet Read(DirectoryInfo folder)
    {
        foreach (var file in (string[])[EvaluationSet.MessageFile, EvaluationSet.QuestionFile])
        {
            if (!File.Exists(Path.Combine(folder.FullName, file)))
            {
                throw new UsageException($"FOLDER must hold {file}, and {folder} does not.");
            }
        }

        return EvaluationSet.Read(
            File.ReadLines(Path.Combine(folder.FullName, EvaluationSet.MessageFile)), File.ReadLines(Path.Combine(folder.FullName, EvaluationSet.QuestionFile)));
    }

    private static async Task<EvalResult> MeasureAsync(VerbLine line, EvaluationSet set, CancellationToken cancellationToken)
    {
        if (line.Url is { } url)
        {
            await using var backend = line.Open(url);
            var prefix = $"eval-{Guid.NewGuid():N}-";
            try
            {
                return await MeasureAsync(line, backend, set, prefix, cancellationToken);
            }
            finally
            {
                // Not the command's token: what was loaded goes, whatever ended the run.
                using var limit = new CancellationTokenSource(EraseLimit);
                foreach (var resource in set.Messages.Select(message => message.ResourceId).Distinct(StringComparer.Ordinal))
                {
                    await backend.Messages.EraseResourceAsync(prefix + resource, backend.Clock.GetUtcNow(), limit.Token);
                }
            }
        }

        var folder = Directory.CreateTempSubdirectory("memory-eval-");
        try
        {
            await using var backend = line.Open(BackendUrl.OfFile(Path.Combine(folder.FullName, "eval.db")), mustExist: false);
            return await MeasureAsync(line, backend, set, "", cancellationToken);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<EvalResult> MeasureAsync(VerbLine line, BackendConnection backend, EvaluationSet set, string prefix, CancellationToken cancellationToken)
    {
        var evaluation = new EvaluateRecall(
            backend.Services.GetRequiredService<AppendMessages>(), backend.Services.GetRequiredService<RecallMessages>(), backend.Search, backend.Clock, backend.Embed);
        await VerbProgress.RunAsync(line.Error, "Loading messages", set.Messages.Count, async progress =>
        {
            await evaluation.LoadAsync(set, prefix, progress, cancellationToken);
            return true;
        });
        var report = await VerbProgress.RunAsync(line.Error, "Asking questions", set.Questions.Count, progress => evaluation.AskAsync(set, prefix, progress, cancellationToken));
        if (report.Resource.WithoutVector > 0)
        {
            line.Error.WriteLine($"warning: {report.Resource.WithoutVector} questions were searched for by words alone, because the embedder did not answer");
        }

        return EvalResult.From(set, backend.Services.GetRequiredService<EmbedderChoice>().Provider, report);
    }

    private static void Print(Output output, EvalResult result)
    {
        output.WriteFields(("messages", $"{result.Messages}"), ("questions", $"{result.Questions}"), ("embedder", result.Embedder));
        output.WriteLine("");
        var table = output.Table("SCOPE", "KIND", "QUESTIONS", "HIT@1", "HIT@5", "HIT@10", "MRR", "P50 MS", "P95 MS");
        Add(table, "resource", result.Resource);
        if (result.Thread is { } thread)
        {
            Add(table, "thread", thread);
        }

        table.Write();
    }

    private static void Add(TextTable table, string name, EvalScope scope)
    {
        Row("all", scope.All, Number(scope.P50Ms, "0.00"), Number(scope.P95Ms, "0.00"));
        foreach (var (kind, figures) in scope.Kinds)
        {
            Row(kind, figures, "", "");
        }

        void Row(string kind, EvalFigures figures, string p50, string p95) => table.Add(
            name, kind, $"{figures.Questions}", Number(figures.Hit1, "0.000"), Number(figures.Hit5, "0.000"), Number(figures.Hit10, "0.000"), Number(figures.Mrr, "0.000"), p50, p95);

        static string Number(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
    }
}
