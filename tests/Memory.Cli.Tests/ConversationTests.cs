using System.Text.Json;

namespace Memory.Cli.Tests;

/// <summary>The verbs that look at conversations, on a file.</summary>
public sealed class ConversationTests : IAsyncLifetime
{
    private readonly Cli cli = new();

    private Dictionary<string, string> Settings => new() { ["LIBSQL_URL"] = $"file:{cli.File("m.db")}" };

    public async ValueTask InitializeAsync()
    {
        await Seed.ConversationsAsync(Settings);
        cli.Variables["LIBSQL_URL"] = "file:m.db";
    }

    public ValueTask DisposeAsync()
    {
        cli.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Resources_are_listed_and_shown_with_their_counts()
    {
        Assert.Equal(["ada", "bob"], (await RunAsync("resources list --json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
        Assert.Single((await RunAsync("resources list --json --limit 1")).JsonLines);
        var text = (await RunAsync("resources list")).Output.Split('\n');
        Assert.StartsWith("RESOURCE", text[0], StringComparison.Ordinal);
        Assert.StartsWith("ada  ", text[1], StringComparison.Ordinal);

        var ada = (await RunAsync("resources show ada --json")).Json;
        Assert.Equal((2, 4, 0), (ada.GetProperty("threads").GetInt32(), ada.GetProperty("messages").GetInt32(), ada.GetProperty("pendingEmbeddings").GetInt32()));
        Assert.Matches(@"threads +2\n", (await RunAsync("resources show ada")).Output);
        var missing = (await cli.RunAsync("resources", "show", "eve")).Expect(1);
        Assert.Contains("There is no resource 'eve'", missing.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_erasure_removes_one_resource_and_prints_the_counts()
    {
        var erased = (await RunAsync("resources erase ada --yes --json")).Json;
        Assert.Equal((2, 4, 0), (erased.GetProperty("threads").GetInt32(), erased.GetProperty("messages").GetInt32(), erased.GetProperty("leftovers").GetInt32()));
        Assert.Equal(["bob"], (await RunAsync("resources list --json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
        Assert.Matches(@"messages +0\n", (await RunAsync("resources erase ada --yes")).Output);
    }

    [Fact]
    public async Task Threads_are_listed_shown_and_deleted()
    {
        Assert.Equal(["kitchen", "travel"], (await RunAsync("threads list --resource ada --json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
        Assert.Equal(
            ["travel"], (await RunAsync("threads list --resource ada --order-by updatedAt --newest --limit 1 --json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
        var kitchen = (await RunAsync("threads show kitchen --json")).Json;
        Assert.Equal(("ada", 3), (kitchen.GetProperty("resourceId").GetString(), kitchen.GetProperty("messageCount").GetInt32()));
        Assert.Contains("resource       ada", (await RunAsync("threads show kitchen")).Output, StringComparison.Ordinal);

        Assert.Equal(3, (await RunAsync("threads delete kitchen --yes --json")).Json.GetProperty("messages").GetInt32());
        Assert.Contains("There is no thread 'kitchen'", (await cli.RunAsync("threads", "delete", "kitchen", "--yes")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("There is no thread 'kitchen'", (await cli.RunAsync("threads", "show", "kitchen")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "k1 k2 k3")]
    [InlineData("--last 2", "k2 k3")]
    [InlineData("--from 2", "k2 k3")]
    [InlineData("--from 2 --limit 1", "k2")]
    [InlineData("--from 9", "")]
    public async Task Messages_are_listed_whole_or_in_part(string options, string ids)
    {
        var lines = (await RunAsync($"messages list kitchen --json {options}")).JsonLines;
        Assert.Equal(ids, string.Join(' ', lines.Select(line => line.GetProperty("id").GetString())));
        Assert.All(lines, line => Assert.Equal(JsonValueKind.String, line.GetProperty("content").ValueKind));
    }

    [Fact]
    public async Task A_thread_of_several_pages_is_listed_once_and_in_order()
    {
        await Seed.OnAsync(Settings, services => Seed.AppendAsync(services, "ada", "long", [.. Enumerable.Range(1, 1_000).Select(number => ($"m{number}", $"text {number}"))]));
        await Seed.OnAsync(Settings, services => Seed.AppendAsync(services, "ada", "long", [.. Enumerable.Range(1_001, 234).Select(number => ($"m{number}", $"text {number}"))]));
        Assert.Equal(Enumerable.Range(1, 1_234), (await RunAsync("messages list long --json")).JsonLines.Select(line => line.GetProperty("position").GetInt32()));
        Assert.Equal(1_235, (await RunAsync("messages list long")).Output.TrimEnd().Split('\n').Length);
    }

    [Fact]
    public async Task What_a_message_says_cannot_drive_the_terminal_and_is_verbatim_in_JSON()
    {
        var table = (await RunAsync("messages list garden")).Output;
        Assert.DoesNotContain("\u001b", table, StringComparison.Ordinal);
        Assert.Equal(3, table.TrimEnd().Split('\n').Length);
        var shown = (await RunAsync("messages show garden g2")).Output;
        Assert.DoesNotContain("\u001b", shown, StringComparison.Ordinal);
        Assert.EndsWith("\"quoted\"\nsecond line\n", shown, StringComparison.Ordinal);
        var json = (await RunAsync("messages show garden g2 --json")).Json;
        Assert.Equal("\u001b[31mred\u001b[0m \"quoted\"\nsecond line", json.GetProperty("content").GetString());
        Assert.Equal(1, json.GetProperty("revision").GetInt32());
        Assert.Contains("holds no message 'x'", (await cli.RunAsync("messages", "show", "garden", "x")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("There is no thread 'x'", (await cli.RunAsync("messages", "list", "x")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_recall_is_what_the_API_answers()
    {
        var found = (await cli.RunAsync("recall", "--thread", "travel", "--query", "a dish without peanuts", "--scope", "resource", "--top", "1", "--range", "1", "--json")).Expect(0).Json;
        Assert.Equal(
            [("kitchen", "recall", "k1"), ("kitchen", "context", "k2"), ("travel", "recent", "t1")],
            found.GetProperty("messages").EnumerateArray().Select(Told));
        Assert.False(found.TryGetProperty("explain", out _));

        var inResource = (await cli.RunAsync("recall", "--resource", "ada", "--query", "When does Eva visit?", "--top", "1", "--range", "0", "--explain", "--json")).Expect(0).Json;
        Assert.Equal([("kitchen", "recall", "k3")], inResource.GetProperty("messages").EnumerateArray().Select(Told));
        Assert.Equal(1, inResource.GetProperty("explain").GetProperty("hits")[0].GetProperty("rank").GetInt32());

        var text = (await cli.RunAsync("recall", "--thread", "kitchen", "--query", "Eva", "--explain")).Expect(0).Output;
        Assert.Contains("My sister Eva visits in March.", text, StringComparison.Ordinal);
        Assert.Contains("none: there is no embedder", text, StringComparison.Ordinal);
        Assert.Single((await RunAsync("recall --thread kitchen --last 1 --json")).Json.GetProperty("messages").EnumerateArray());
        Assert.Contains("There is no thread 'x'", (await cli.RunAsync("recall", "--thread", "x", "--query", "y")).Expect(1).Error, StringComparison.Ordinal);

        static (string?, string?, string?) Told(JsonElement message) =>
            (message.GetProperty("threadId").GetString(), message.GetProperty("source").GetString(), message.GetProperty("id").GetString());
    }

    [Fact]
    public async Task Failed_operations_are_listed_shown_and_redriven()
    {
        await Seed.FailedOperationAsync(Settings, "op-1");
        await Seed.FailedOperationAsync(Settings, "op-2");
        Assert.Equal(["op-1", "op-2"], (await RunAsync("operations list --json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
        Assert.Contains("thread_not_found", (await RunAsync("operations list")).Output, StringComparison.Ordinal);
        Assert.Contains("failed", (await RunAsync("operations show op-1")).Output, StringComparison.Ordinal);

        var run = (await cli.RunAsync("operations", "redrive", "op-1", "op-9", "--json")).Expect(2);
        Assert.Equal((1, "op-9"), (run.Json.GetProperty("redriven").GetInt32(), run.Json.GetProperty("notFailed")[0].GetString()));
        Assert.Contains("'op-9' is no failed operation", run.Error, StringComparison.Ordinal);
        Assert.Equal("queued", (await RunAsync("operations show op-1 --json")).Json.GetProperty("status").GetString());
        Assert.Equal(1, (await RunAsync("operations redrive --all --json")).Json.GetProperty("redriven").GetInt32());
        Assert.Empty((await RunAsync("operations list --json")).JsonLines);
        (await cli.RunAsync("operations", "show", "op-9")).Expect(1);
    }

    private async Task<Run> RunAsync(string arguments)
    {
        var run = (await cli.RunAsync(arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries))).Expect(0);
        Assert.Equal("", run.Error);
        Assert.DoesNotContain("\u001b", run.Output, StringComparison.Ordinal);
        return run;
    }
}
