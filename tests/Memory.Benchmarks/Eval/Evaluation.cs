using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json.Nodes;
using Memory.Benchmarks.Load;

using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>Loads a folder through the HTTP API, asks its questions, and scores the hits.</summary>
internal sealed class Evaluation(EvalClient client, EvaluationSet folder, int concurrency)
{
    // Well under the API's limits of 1,000 messages and 4 MiB for messages of ordinary length.
    private const int Batch = 200;

    /// <summary>Runs and returns one flat object: questions, messages, duplicates, the scores, and the milliseconds of one recall.</summary>
    public async Task<JsonObject> RunAsync(CancellationToken cancellationToken)
    {
        var duplicates = await LoadAsync(cancellationToken);
        var hits = new ConcurrentDictionary<EvaluationQuestion, (IReadOnlyList<string> Resource, IReadOnlyList<string> Thread)>();
        var times = new ConcurrentBag<double>();
        await Parallel.ForEachAsync(folder.Questions, Options(cancellationToken), async (question, token) =>
        {
            var resource = await TimeAsync(times, () => client.RecallInResourceAsync(question.ResourceId, question.Question, EvalScore.TopInResource, token));
            var thread = question.ThreadId is null
                ? []
                : await TimeAsync(times, () => client.RecallInThreadAsync(question.ThreadId, question.Question, EvalScore.TopInThread, token));
            hits[question] = (resource, thread);
        });

        var score = new EvalScore();
        foreach (var question in folder.Questions)
        {
            score.Add(question, hits[question].Resource, hits[question].Thread);
        }

        var result = new JsonObject { ["questions"] = folder.Questions.Count, ["messages"] = folder.Messages.Count, ["duplicates"] = duplicates };
        foreach (var (name, value) in score.Figures())
        {
            result[name] = value;
        }

        var latencies = Outcome.Latencies(times);
        result["ms per recall p50"] = Math.Round(latencies.Main, 3);
        result["ms per recall p95"] = Math.Round(latencies.Tail ?? 0, 3);
        return result;
    }

    private async Task<int> LoadAsync(CancellationToken cancellationToken)
    {
        var duplicates = 0;
        var threads = folder.Messages.GroupBy(message => (message.ResourceId, message.ThreadId));
        await Parallel.ForEachAsync(threads, Options(cancellationToken), async (thread, token) =>
        {
            foreach (var batch in thread.Chunk(Batch))
            {
                Interlocked.Add(ref duplicates, await client.AppendAsync(thread.Key.ResourceId, thread.Key.ThreadId, batch, token));
            }
        });
        return duplicates;
    }

    private ParallelOptions Options(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = concurrency, CancellationToken = cancellationToken };

    private static async Task<T> TimeAsync<T>(ConcurrentBag<double> times, Func<Task<T>> call)
    {
        var start = Stopwatch.GetTimestamp();
        var answer = await call();
        times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        return answer;
    }
}
