using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Memory.Server.Tests;

/// <summary>The README's session, typed into a shell as it stands there, against a new server.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public async Task The_readmes_session_answers_exactly_as_printed()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder);
        await RunSessionAsync(server);
    }

    /// <summary>Types the session against a new server, whatever it stores on.</summary>
    internal static async Task RunSessionAsync(ServerProcess server)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true" && await RunAsync("command -v jq") == "", "jq is not installed.");
        var readme = await File.ReadAllTextAsync(Path.Combine(Root(), "README.md"), TestContext.Current.CancellationToken);
        var session = Step().Matches(readme);
        Assert.True(session.Count >= 3, "The README has lost its session.");

        foreach (Match step in session)
        {
            var command = step.Groups["command"].Value.Replace("http://127.0.0.1:8080", server.Client.BaseAddress!.ToString().TrimEnd('/'), StringComparison.Ordinal);
            Assert.Equal(step.Groups["answer"].Value.Trim(), await RunAsync(command));
        }
    }

    private static async Task<string> RunAsync(string command)
    {
        using var shell = Process.Start(new ProcessStartInfo("bash", ["-c", command]) { RedirectStandardOutput = true })!; // bash is there wherever the tests run
        var output = await shell.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await shell.WaitForExitAsync(TestContext.Current.CancellationToken);
        return output.Trim();
    }

    private static string Root()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Memory.Functions.sln")))
        {
            folder = Path.GetDirectoryName(folder)!; // the build output is below the repository
        }

        return folder;
    }

    [GeneratedRegex("<!-- readme-test -->\n```sh\n(?<command>.*?)```\n```json\n(?<answer>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Step();
}
