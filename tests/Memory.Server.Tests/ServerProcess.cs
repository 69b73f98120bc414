using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Memory.Server.Tests;

/// <summary>The built server as a process of its own.</summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    // Far beyond what it takes: only a server that hangs gets there.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);
    private readonly Process process;
    private readonly ConcurrentQueue<string> lines = new();
    private readonly TaskCompletionSource<string> started = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ServerProcess(string folder, IEnumerable<string> settings)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Memory.Server.dll")])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        // A developer's certificate for HTTPS, which the SDK leaves in the home folder, is not the server's.
        start.Environment["HOME"] = folder;

        // Arguments begin with dashes; everything else is a variable.
        foreach (var setting in settings)
        {
            var (name, value) = (setting[..setting.IndexOf('=', StringComparison.Ordinal)], setting[(setting.IndexOf('=', StringComparison.Ordinal) + 1)..]);
            if (name.StartsWith('-'))
            {
                start.ArgumentList.Add(setting);
            }
            else
            {
                start.Environment[name] = value;
            }
        }

        process = new Process { StartInfo = start, EnableRaisingEvents = true };
        process.OutputDataReceived += (_, e) => Note(e.Data);
        process.ErrorDataReceived += (_, e) => Note(e.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    /// <summary>The line that says where the server listens and on what storage.</summary>
    public string StartLine { get; private set; } = "";

    public HttpClient Client { get; } = new() { Timeout = Patience };

    /// <summary>The names of the files that it has mapped; an assembly is one when it is loaded.</summary>
    public IReadOnlyCollection<string> LoadedFiles => [.. File.ReadLines($"/proc/{process.Id}/maps").Select(line => Path.GetFileName(line.Split(' ')[^1])).Distinct()];

    public string Output => string.Join('\n', lines);

    /// <summary>Starts a server on a free port of loopback with a database file in the folder, unless the settings say otherwise, and waits until it listens.</summary>
    public static async Task<ServerProcess> StartAsync(TempFolder folder, params string[] settings)
    {
        var server = Launch(folder, settings);
        try
        {
            server.StartLine = await server.started.Task.WaitAsync(Patience, TestContext.Current.CancellationToken);
            server.Client.BaseAddress = new Uri(Address().Match(server.StartLine).Value.Replace("0.0.0.0", "127.0.0.1", StringComparison.Ordinal).Replace("[::]", "127.0.0.1", StringComparison.Ordinal));
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a server that is expected to end by itself.</summary>
    public static async Task<(int ExitCode, string Output)> RunToEndAsync(TempFolder folder, params string[] settings)
    {
        await using var server = Launch(folder, settings);
        var exit = server.ExitAsync();
        await Task.WhenAny(exit, server.started.Task);
        Assert.False(server.started.Task.IsCompletedSuccessfully, $"It started:\n{server.Output}");
        return (await exit, server.Output);
    }

    /// <summary>Ends it as <c>kill -9</c> does.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync(CancellationToken.None); // nobody waits for it otherwise
    }

    /// <summary>Asks it to stop as a service manager does (SIGTERM) and returns its exit code.</summary>
    public async Task<int> StopAsync()
    {
        using var kill = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        return await ExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
        {
            await KillAsync();
        }

        process.Dispose();
        Client.Dispose();
    }

    private static ServerProcess Launch(TempFolder folder, string[] settings)
    {
        List<string> all = [.. settings];
        AddUnlessSet("--urls", "ASPNETCORE_URLS", "ASPNETCORE_HTTP_PORTS", "Kestrel__Endpoints__Web__Url", "http://127.0.0.1:0");
        AddUnlessSet("--Memory:LibSql:Url", "Memory__LibSql__Url", "LIBSQL_URL", "WEBSITE_INSTANCE_ID", $"file:{folder.File("memory.db")}");
        return new ServerProcess(folder.Path, all);

        void AddUnlessSet(string name, string other, string another, string last, string value)
        {
            if (!settings.Any(setting => new[] { name, other, another, last }.Contains(setting.Split('=')[0])))
            {
                all.Add($"{name}={value}");
            }
        }
    }

    private static bool IsSetting(string variable) =>
        new[] { "ASPNETCORE_", "DOTNET_ENVIRONMENT", "Memory__", "DATABASE_URL", "UPSTASH_", "LIBSQL_", "AZURE_OPENAI_", "OPENAI_", "WEBSITE_", "Kestrel__", "Logging__", "AzureWebJobsStorage", "OTEL_", "APPLICATIONINSIGHTS_" }
            .Any(start => variable.StartsWith(start, StringComparison.OrdinalIgnoreCase));

    private async Task<int> ExitAsync()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    private void Note(string? line)
    {
        if (line is null)
        {
            // The output ended: nobody will say any more that it has started.
            started.TrySetException(new InvalidOperationException($"The server ended before it listened:\n{Output}"));
            return;
        }

        lines.Enqueue(line);
        if (line.Contains("Memory listens on", StringComparison.Ordinal))
        {
            started.TrySetResult(line);
        }
    }

    [GeneratedRegex(@"https?://[^,\s]+(?=[,.]\s)")]
    private static partial Regex Address();
}
