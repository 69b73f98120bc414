using System.Net;
using System.Net.Sockets;

namespace Memory.Cli.Tests;

/// <summary>What holds for every verb: help, usage, exit codes, what goes where.</summary>
public sealed class ShellTests : IDisposable
{
    private readonly Cli cli = new();

    public static TheoryData<string> Verbs =>
    [
        "", "resources", "resources list", "resources show", "resources erase", "threads", "threads list", "threads show", "threads delete", "messages", "messages list", "messages show",
        "recall", "operations", "operations list", "operations show", "operations redrive", "keys", "keys create", "keys list", "keys rotate", "keys revoke", "expire", "schema", "schema print", "schema apply", "reembed", "eval", "migrate", "verify", "export", "import", "doctor",
    ];

    public void Dispose() => cli.Dispose();

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task The_help_says_what_a_verb_does_and_ends_with_examples(string verb)
    {
        var run = (await cli.RunAsync([.. verb.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Expect(0);
        Assert.Equal("", run.Error);
        Assert.Matches(@"^Description:\r?\n  \S", run.Output);
        var lines = run.Output.TrimEnd().Split('\n');
        var examples = Array.FindLastIndex(lines, line => line.TrimEnd() == "Examples:");
        Assert.True(examples > 0);
        Assert.True(examples < lines.Length - 1);
        Assert.All(lines[(examples + 1)..], line => Assert.Contains($"memory {verb}".TrimEnd(), line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Every_verb_that_there_is_has_its_help_tested()
    {
        List<string> found = [""];
        for (var i = 0; i < found.Count; i++)
        {
            var help = (await cli.RunAsync([.. found[i].Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"])).Expect(0).Output;
            var listed = help.Split('\n').SkipWhile(line => line.TrimEnd() != "Commands:").Skip(1).TakeWhile(line => line.Trim().Length > 0);
            found.AddRange(listed.Select(line => $"{found[i]} {line.Trim().Split(' ')[0]}".Trim()));
        }

        Assert.Equal(found.Order(StringComparer.Ordinal), Verbs.Select(verb => verb.Data).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task The_help_lists_the_exit_codes()
    {
        var help = (await cli.RunAsync("--help")).Expect(0).Output;
        Assert.All(["0 ", "1 ", "2 ", "64 ", "130 "], code => Assert.Contains($"\n  {code}", help, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("", "command")]
    [InlineData("recal", "recal")]
    [InlineData("threads list", "--resource")]
    [InlineData("resources list --limit nine", "--limit must be a whole number from 1")]
    [InlineData("messages list t --last 0", "--last must be a whole number from 1 to 1000")]
    [InlineData("messages list t --last 5 --from 3", "--last goes without --from")]
    [InlineData("recall --query x", "--thread or --resource is needed")]
    [InlineData("recall --thread t --resource r --query x", "--thread or --resource is needed")]
    [InlineData("recall --resource r", "--resource needs --query")]
    [InlineData("recall --thread t --scope world", "world")]
    [InlineData("recall --resource r --query x --last 3", "--last needs --thread")]
    [InlineData("operations redrive", "--all or ids")]
    [InlineData("resources erase ada --url file:m.db", "--yes is needed")]
    [InlineData("threads delete t --url file:m.db", "--yes is needed")]
    [InlineData("eval nowhere", "nowhere")]
    [InlineData("eval .", "messages.jsonl")]
    [InlineData("eval . --min-hit10 7", "--min-hit10 must be a number from 0 to 1")]
    [InlineData("resources list --url ftp://host", "--url must be file:PATH")]
    [InlineData("resources list --url file:", "--url must name a file")]
    [InlineData("resources list --url http://example.org", "write libsql:// or https://")]
    [InlineData("resources list --url upstash:a/b", "upstash:PREFIX")]
    [InlineData("resources list --url env:NOT_SET_ANYWHERE", "'NOT_SET_ANYWHERE', which is not set")]
    public async Task Wrong_usage_is_64_and_the_message_names_what_is_wrong(string arguments, string message)
    {
        var run = (await cli.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Expect(64);
        Assert.Contains(message, run.Error, StringComparison.Ordinal);
        Assert.Contains("--help'", run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
        Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
    }

    [Theory]
    [InlineData("resources list")]
    [InlineData("threads list --resource ada")]
    [InlineData("messages list kitchen")]
    [InlineData("recall --thread kitchen")]
    [InlineData("operations list")]
    [InlineData("reembed")]
    public async Task A_file_that_is_not_there_is_an_error_and_is_not_made(string arguments)
    {
        foreach (var url in (string[][])[["--url", "file:missing.db"], ["--url", "missing.db"], []])
        {
            var run = (await cli.RunAsync([.. arguments.Split(' '), .. url])).Expect(1);
            Assert.Contains("there is no file", run.Error, StringComparison.Ordinal);
            Assert.Equal("", run.Output);
            Assert.Empty(Directory.GetFileSystemEntries(cli.Folder));
        }
    }

    [Theory]
    [InlineData("postgres://user:pass%2Fword@127.0.0.1:1/app", "pass%2Fword", "pass/word")]
    [InlineData("http://127.0.0.1:1", "jwt.of.ours", "jwt.of.ours")]
    [InlineData("upstash:", "tok-of-ours", "tok-of-ours")]
    public async Task A_backend_that_is_not_there_is_1_in_one_line_without_a_secret(string url, string secret, string decoded)
    {
        cli.Variables["BACKEND"] = url;
        cli.Variables["LIBSQL_AUTH_TOKEN"] = "jwt.of.ours";
        cli.Variables["UPSTASH_REDIS_REST_URL"] = "http://127.0.0.1:1";
        cli.Variables["UPSTASH_REDIS_REST_TOKEN"] = "tok-of-ours";
        cli.Variables["Memory__LibSql__Retries"] = "0";
        foreach (var given in (string[])[url, "env:BACKEND"])
        {
            var run = (await cli.RunAsync("resources", "list", "--url", given)).Expect(1);
            Assert.Equal("", run.Output);
            Assert.Single(run.Error.TrimEnd().Split('\n'));
            Assert.Contains("cannot be reached", run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, run.Error, StringComparison.Ordinal);
            Assert.DoesNotContain(decoded, run.Error, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("postgres://user:hidden-word@host:port/app")]
    [InlineData("libsql://host.example?authToken=hidden-word")]
    [InlineData("libsql://user:hidden-word@host.example")]
    [InlineData("mysql://user:hidden-word@host/app")]
    public async Task An_address_that_is_not_understood_is_not_repeated_with_its_secret(string url)
    {
        var run = (await cli.RunAsync("resources", "list", "--url", url)).Expect(64);
        Assert.DoesNotContain("hidden-word", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_is_1_and_named()
    {
        cli.Variables["Memory__Recall__TopK"] = "1000";
        var run = (await cli.RunAsync("schema", "apply", "--url", "file:m.db")).Expect(1);
        Assert.Contains("TopK", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("INT")]
    [InlineData("TERM")]
    public async Task An_interruption_is_130(string signal)
    {
        // A server that takes the connection and never answers; the command waits for it longer than a busy machine may take to send the signal.
        cli.Variables["Memory__LibSql__TimeoutSeconds"] = "300";
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var run = await cli.RunAsync(
            ["resources", "list", "--url", $"http://{listener.LocalEndpoint}"],
            async process =>
            {
                using var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken);
                await Cli.SignalAsync(process, signal);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            });
        run.Expect(130);
        Assert.Equal("", run.Output);
        Assert.Equal("memory: interrupted", run.Error.Trim());
    }

    [Fact]
    public async Task The_environment_decides_as_for_the_service_and_a_url_stands_above_it()
    {
        (await cli.RunAsync("schema", "apply", "--url", "file:here.db")).Expect(0);
        cli.Variables["LIBSQL_URL"] = "file:there.db";
        var run = (await cli.RunAsync("resources", "list")).Expect(1);
        Assert.Contains("there.db", run.Error, StringComparison.Ordinal);

        // A place of vectors belongs to the environment's backend.
        cli.Variables["Memory__LibSql__VectorUrl"] = "file:vectors.db";
        cli.Variables["DATABASE_URL"] = "postgres://user:word@127.0.0.1:1/app";
        (await cli.RunAsync("resources", "list", "--url", "file:here.db")).Expect(0);
        Assert.False(File.Exists(cli.File("vectors.db")));
        Assert.Contains("postgres", (await cli.RunAsync("resources", "list")).Expect(1).Error, StringComparison.Ordinal);
        cli.Variables["DOTNET_ENVIRONMENT"] = "Development";
        Assert.Contains("there.db", (await cli.RunAsync("resources", "list")).Expect(1).Error, StringComparison.Ordinal);
    }
}
