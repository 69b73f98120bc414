using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Memory.Fakes;

/// <summary>A libSQL server of one test's own, with one database: no fake, but the real one, started and killed.</summary>
public sealed class SqldServer : IAsyncDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("memory-sqld-").FullName;
    private readonly string program;
    private Process? process;

    private SqldServer(string program)
    {
        this.program = program;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Its address.</summary>
    public Uri Url => new($"http://127.0.0.1:{Port}");

    private int Port { get; }

    /// <summary>The database's file.</summary>
    public string File => Path.Combine(folder, "data", "dbs", "default", "data");

    /// <summary>Starts one.</summary>
    /// <param name="program">The server's program.</param>
    /// <param name="file">The file of its database; null for an empty one.</param>
    public static async Task<SqldServer> StartAsync(string program, string? file = null)
    {
        var server = new SqldServer(program);
        if (file is not null)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(server.File)!); // it is in a folder
            System.IO.File.Copy(file, server.File);
        }

        await server.BeginAsync();
        return server;
    }

    /// <summary>Starts it again after it was killed.</summary>
    public async Task BeginAsync()
    {
        process = Process.Start(new ProcessStartInfo(program, ["--no-welcome", "--db-path", Path.Combine(folder, "data"), "--http-listen-addr", $"127.0.0.1:{Port}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!; // it is a program
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, Port);
                return;
            }
            catch (SocketException) when (tries < 200)
            {
                await Task.Delay(25);
            }
        }
    }

    /// <summary>Ends it at once, as a crash does.</summary>
    public async Task KillAsync()
    {
        if (process is not null)
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
            process = null;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Directory.Delete(folder, recursive: true);
    }
}
