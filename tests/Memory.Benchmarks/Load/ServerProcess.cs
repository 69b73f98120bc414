using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Memory.Benchmarks.Load;

/// <summary>A server of ours on a free port of the loopback interface, ended with this object.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    // Settings of the surroundings that would choose another backend, another port or another log level.
    private static readonly string[] Inherited = ["Memory__", "DATABASE_URL", "UPSTASH_", "LIBSQL_", "AZURE_OPENAI_", "OPENAI_", "ASPNETCORE_", "DOTNET_ENVIRONMENT", "Logging__"];

    private readonly Process process;

    private ServerProcess(Process process, int port) => (this.process, Address) = (process, new Uri($"http://127.0.0.1:{port}"));

    /// <summary>Where it listens.</summary>
    public Uri Address { get; }

    /// <summary>Resident memory in MiB; null where there is no /proc to read it from.</summary>
    public double? ResidentMebibytes
    {
        get
        {
            if (!OperatingSystem.IsLinux())
            {
                return null;
            }

            var line = File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
            return double.Parse(line.AsSpan(6).TrimEnd("kB").Trim(), CultureInfo.InvariantCulture) / 1024;
        }
    }

    /// <summary>What it has had of all processors since it began.</summary>
    public TimeSpan ProcessorTime => process.TotalProcessorTime;

    /// <summary>Starts a server and returns at once.</summary>
    /// <param name="program">The built program: a .dll, or an executable.</param>
    /// <param name="settings">Where its store is, as its environment.</param>
    public static ServerProcess Start(string program, IReadOnlyDictionary<string, string> settings)
    {
        var port = FreePort();
        var isLibrary = program.EndsWith(".dll", StringComparison.OrdinalIgnoreCase);
        var start = new ProcessStartInfo(isLibrary ? "dotnet" : program)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetTempPath(),
        };
        foreach (var argument in (string[])[.. isLibrary ? [program] : Array.Empty<string>(), "--urls", $"http://127.0.0.1:{port}"])
        {
            start.ArgumentList.Add(argument);
        }

        foreach (var name in start.Environment.Keys.Where(name => Inherited.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal))).ToList())
        {
            start.Environment.Remove(name);
        }

        // An executable looks for the runtime in a few known places; it is to use the one this program runs on.
        start.Environment["DOTNET_ROOT"] = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        process.BeginOutputReadLine(); // read and forgotten: a full pipe would stop the server
        process.BeginErrorReadLine();
        return new ServerProcess(process, port);
    }

    /// <summary>Waits until it takes connections.</summary>
    public async Task<ServerProcess> ListeningAsync(CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(IPAddress.Loopback, Address.Port, cancellationToken);
                return this;
            }
            catch (SocketException) when (!process.HasExited && Stopwatch.GetElapsedTime(start) < StartLimit)
            {
                await Task.Delay(1, cancellationToken);
            }
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync(CancellationToken.None); // a server left behind would be measured with the next one
        process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
