using System.Diagnostics;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>Looks at what a server takes while it is asked.</summary>
internal sealed class Watch(ServerProcess server, ITrafficBackend backend)
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);

    /// <summary>Has work done, and tells what it took.</summary>
    public async Task<(TimeSpan Took, Usage Usage)> DuringAsync(Func<Task<TimeSpan>> work, CancellationToken cancellationToken)
    {
        await backend.CountAsync(cancellationToken); // what came before
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var (begin, machine, ours, theirs) = (Stopwatch.GetTimestamp(), MachineTime.Now(), Environment.CpuUsage.TotalTime, server.ProcessorTime);
        var connections = MostConnectionsAsync(end.Token);
        var took = await work();
        var seconds = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        var usage = new Usage(
            (server.ProcessorTime - theirs) / TimeSpan.FromSeconds(seconds),
            (Environment.CpuUsage.TotalTime - ours) / TimeSpan.FromSeconds(seconds),
            machine is { } before ? MachineTime.Now()?.CoresSince(before) : null,
            server.ResidentMebibytes, null, await backend.CountAsync(cancellationToken));
        await end.CancelAsync();
        return (took, usage with { Connections = await connections });
    }

    private async Task<int?> MostConnectionsAsync(CancellationToken cancellationToken)
    {
        int? most = null;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                most = await backend.ConnectionsAsync(cancellationToken) is { } now ? Math.Max(now, most ?? 0) : null;
                await Task.Delay(Interval, cancellationToken);
            }
            catch (OperationCanceledException)
            {
                // The step is over.
            }
        }

        return most;
    }
}
