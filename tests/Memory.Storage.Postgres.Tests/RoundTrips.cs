using System.Diagnostics;

namespace Memory.Storage.Postgres.Tests;

/// <summary>Counts what the driver sends, by its own activities.</summary>
internal static class RoundTrips
{
    private static readonly ActivitySource Ours = new("Memory.Storage.Postgres.Tests");
    private static readonly ActivityListener Listener = Listen();
    private static readonly System.Collections.Concurrent.ConcurrentDictionary<string, List<string>> Commands = new();

    /// <summary>The statements sent by a piece of work.</summary>
    public static async Task<IReadOnlyList<string>> OfAsync(Func<Task> work)
    {
        _ = Listener;
        using var activity = Ours.StartActivity("work") ?? throw new InvalidOperationException("Nobody listens.");
        var trace = activity.TraceId.ToHexString();
        var mine = Commands.GetOrAdd(trace, _ => []);
        await work();
        Commands.TryRemove(trace, out _);
        lock (mine)
        {
            return [.. mine];
        }
    }

    private static ActivityListener Listen()
    {
        var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name is "Npgsql" or "Memory.Storage.Postgres.Tests",
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = activity =>
            {
                if (activity.Source.Name == "Npgsql" && Commands.TryGetValue(activity.TraceId.ToHexString(), out var commands))
                {
                    lock (commands)
                    {
                        commands.Add(activity.GetTagItem("db.query.text") as string ?? activity.GetTagItem("db.statement") as string ?? activity.OperationName);
                    }
                }
            },
        };
        ActivitySource.AddActivityListener(listener);
        return listener;
    }
}
