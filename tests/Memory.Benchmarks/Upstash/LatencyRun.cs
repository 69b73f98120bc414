using System.Diagnostics;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Upstash;

/// <summary>How long calls take when every request takes a while: beside what the requests alone would take, one after the other.</summary>
/// <param name="redis">The Redis behind the stand-ins, as HOST:PORT.</param>
/// <param name="latency">What is added to every request.</param>
internal sealed class LatencyRun(string redis, TimeSpan latency)
{
    private const int Messages = 1_000, Calls = 60;
    private const string Thread = "latency";
    private readonly Corpus corpus = new(Messages + Calls);

    /// <summary>Runs.</summary>
    public async Task<ResultTable> RunAsync(CancellationToken cancellationToken)
    {
        await using var place = new UpstashPlace(await StandIns.StartAsync(redis, cancellationToken));
        await using (var filler = new CoreConversations(place.Open(withVectors: true), withVectors: true))
        {
            await filler.AppendAsync(Thread, corpus.Texts(0, Messages), cancellationToken);
        }

        // Opened anew, as a process of its own has it: it remembers nothing of what others wrote.
        await using var conversations = new CoreConversations(place.Open(withVectors: true), withVectors: true);
        (place.StandIns.Redis.Latency, place.StandIns.Vector.Latency) = (latency, latency);
        return new ResultTable(
            "latency",
            [new("call, a latency added to every request"), new("p50 ms", "0.0"), new("requests × latency, ms", "0.0")],
            [
                await MeasureAsync("append of 1 with its vector", i => conversations.AppendAsync(Thread, corpus.Texts(Messages + i, 1), cancellationToken)),
                await MeasureAsync("last 30", _ => conversations.LastAsync(Thread, LastWork.Count, cancellationToken)),
                await MeasureAsync("recall, thread of 1,000", i => conversations.RecallAsync(Thread, wholeResource: false, corpus.Query(i), cancellationToken)),
                await MeasureAsync("recall, resource", i => conversations.RecallAsync(Thread, wholeResource: true, corpus.Query(i), cancellationToken)),
            ]);

        async Task<IReadOnlyList<Cell>> MeasureAsync(string name, Func<int, Task> call)
        {
            List<double> times = [];
            place.StandIns.Redis.Reset();
            place.StandIns.Vector.Reset();
            for (var i = 0; i < Calls; i++)
            {
                var start = Stopwatch.GetTimestamp();
                await call(i);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }

            var requests = (double)(place.StandIns.Redis.Requests + place.StandIns.Vector.Requests) / Calls;
            return [name, Outcome.Median(times), requests * latency.TotalMilliseconds];
        }
    }
}
