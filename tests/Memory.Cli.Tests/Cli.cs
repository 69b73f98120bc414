using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Memory.Cli.Tests;

/// <summary>What a run of the built command answered.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record Run(int ExitCode, string Output, string Error)
{
    /// <summary>Standard output as one JSON document.</summary>
    public JsonElement Json => JsonElement.Parse(Output);

    /// <summary>Standard output as a JSON document a line.</summary>
    public IReadOnlyList<JsonElement> JsonLines => [.. Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line))];

    /// <summary>Fails with everything that was said unless the exit code is this one.</summary>
    public Run Expect(int exitCode)
    {
        Assert.True(ExitCode == exitCode, $"{ExitCode} instead of {exitCode}\n{Output}\n{Error}");
        return this;
    }
}

/// <summary>The built command as a process of its own, with a folder to work in and no settings but its own.</summary>
internal sealed class Cli : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    // Where it was built: beside these tests it would lack what they get from ASP.NET's shared framework.
    private static readonly string Command = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "../../../../../src/Memory.Cli/bin", Path.GetRelativePath(Path.Combine(AppContext.BaseDirectory, "../.."), AppContext.BaseDirectory), "memory.dll"));

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-cli-");

    /// <summary>The folder it runs in.</summary>
    public string Folder => folder.FullName;

    /// <summary>Variables of the runs.</summary>
    public Dictionary<string, string> Variables { get; } = new(StringComparer.Ordinal);

    /// <summary>A file in the folder.</summary>
    public string File(string name) => Path.Combine(Folder, name);

    /// <summary>Runs a verb to its end.</summary>
    public Task<Run> RunAsync(params string[] arguments) => RunAsync(arguments, _ => Task.CompletedTask);

    /// <summary>Runs a verb with a text as its standard input.</summary>
    public Task<Run> RunAsync(string[] arguments, string input) => RunAsync(arguments, _ => Task.CompletedTask, input);

    /// <summary>Runs a verb, does something while it runs, and waits for its end.</summary>
    public async Task<Run> RunAsync(string[] arguments, Func<Process, Task> meanwhile, string input = "")
    {
        // What a shell without a terminal starts in the background is deaf to an interruption, and so is all that it starts in turn: the tests may be among it.
        string[] command = OperatingSystem.IsLinux() ? ["env", "--default-signal=INT", "dotnet", Command] : ["dotnet", Command];
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            WorkingDirectory = Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToList())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in Variables)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("dotnet did not start.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await meanwhile(process);
            await process.WaitForExitAsync(limit.Token);
            return new Run(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    /// <summary>Sends a signal as a shell does.</summary>
    public static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    public void Dispose() => folder.Delete(recursive: true);

    private static bool IsSetting(string variable) =>
        new[] { "ASPNETCORE_", "DOTNET_ENVIRONMENT", "Memory__", "DATABASE_URL", "UPSTASH_", "LIBSQL_", "AZURE_OPENAI_", "OPENAI_", "WEBSITE_", "AzureWebJobsStorage", "NO_COLOR" }
            .Any(start => variable.StartsWith(start, StringComparison.OrdinalIgnoreCase));
}
