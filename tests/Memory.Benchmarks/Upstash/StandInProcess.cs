using System.Diagnostics;

namespace Memory.Benchmarks.Upstash;

/// <summary>The stand-ins as a process of their own (<c>upstash --serve</c>), so that their work is not the driver's. Ended with this object.</summary>
internal sealed class StandInProcess : IAsyncDisposable
{
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);

    private readonly Process process;

    private StandInProcess(Process process, IReadOnlyDictionary<string, string> settings) => (this.process, Settings) = (process, settings);

    /// <summary>What a server is told that shall use them, as its environment.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <summary>Starts it, and waits until it serves.</summary>
    /// <param name="redis">The Redis behind it, as HOST:PORT.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidOperationException">It ended at once.</exception>
    public static async Task<StandInProcess> StartAsync(string redis, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(StandInProcess).Assembly.Location, "upstash", "--redis", redis, "--serve"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException("The stand-ins did not start.");
        try
        {
            var line = await process.StandardOutput.ReadLineAsync(cancellationToken) ?? throw new InvalidOperationException($"There are no stand-ins in front of {redis}.");
            return new StandInProcess(process, line.Split(' ').Select(setting => setting.Split('=', 2)).ToDictionary(setting => setting[0], setting => setting[1]));
        }
        catch
        {
            await EndAsync(process);
            throw;
        }
    }

    /// <summary>What they were asked since this was called last. One call at a time.</summary>
    public async Task<StandInCounts> CountAsync(CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync();
        await process.StandardInput.FlushAsync(cancellationToken);
        return StandInCounts.Parse(await process.StandardOutput.ReadLineAsync(cancellationToken));
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => EndAsync(process);

    private static async ValueTask EndAsync(Process process)
    {
        if (!process.HasExited)
        {
            await process.StandardInput.WriteLineAsync();
            process.StandardInput.Close(); // after a last question it empties its database
        }

        using var limit = new CancellationTokenSource(EndLimit);
        await process.WaitForExitAsync(limit.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        process.Kill(); // nothing happens to one that has ended
        await process.WaitForExitAsync(CancellationToken.None); // it would be measured with whatever comes next
        process.Dispose();
    }
}
