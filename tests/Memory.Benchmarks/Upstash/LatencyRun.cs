using System.Diagnostics;
using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Core;

namespace Memory.Benchmarks.Upstash;

/// <summary>How long calls take when every request takes a while: beside what the requests alone would take, one after the other.</summary>
internal sealed class LatencyRun(StandIns standIns, TimeSpan latency)
{
    private const int Messages = 1_000, Calls = 60;
    private const string Thread = "latency", Resource = "latency";
    private readonly Instance instance = standIns.NewInstance();
    private readonly Corpus corpus = new(Messages + Calls);

    /// <summary>Runs.</summary>
    public async Task<IReadOnlyList<string>> RunAsync(CancellationToken cancellationToken)
    {
        standIns.Uses(Resource);
        await standIns.NewInstance().Append.AppendAsync(Batch(0, Messages), cancellationToken);
        (standIns.Redis.Latency, standIns.Vector.Latency) = (latency, latency);
        var recall = (int i, SearchScope scope) => instance.Recall.RecallAsync(new RecallQuery { Scope = scope, Query = corpus.Query(i), LastMessages = 30, TopK = 3, Before = 2, After = 2 }, cancellationToken);
        return
        [
            await MeasureAsync("append of 1 with its vector", i => instance.Append.AppendAsync(Batch(Messages + i, 1), cancellationToken)),
            await MeasureAsync("last 30", _ => instance.Messages.ReadAsync(new MessageRead { ThreadId = Thread, Last = 30 }, cancellationToken)),
            await MeasureAsync("recall, thread of 1,000", i => recall(i, SearchScope.Thread(Thread))),
            await MeasureAsync("recall, resource", i => recall(i, SearchScope.Resource(Resource))),
        ];
    }

    private AppendBatch Batch(int at, int count) => instance.Append.Prepare(Thread, new AppendRequest
    {
        ResourceId = Resource,
        Messages = [.. corpus.Texts(at, count).Select((text, i) => new MessageInput { Id = $"m{at + i}", Role = "user", Content = MessageContent.FromText(text).Json })],
    });

    private async Task<string> MeasureAsync(string name, Func<int, Task> call)
    {
        var times = new double[Calls];
        standIns.Redis.Reset();
        standIns.Vector.Reset();
        for (var i = 0; i < Calls; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await call(i);
            times[i] = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }

        Array.Sort(times);
        var requests = (double)(standIns.Redis.Requests + standIns.Vector.Requests) / Calls;
        return string.Create(CultureInfo.InvariantCulture, $"| {name} | {times[Calls / 2]:0.0} | {requests * latency.TotalMilliseconds:0.0} |");
    }
}
