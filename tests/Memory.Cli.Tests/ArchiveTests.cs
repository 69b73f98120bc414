using System.IO.Compression;
using Microsoft.Extensions.DependencyInjection;

namespace Memory.Cli.Tests;

/// <summary><c>export</c> and <c>import</c>.</summary>
public sealed class ArchiveTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Theory]
    [InlineData("backup.ndjson")]
    [InlineData("backup.ndjson.gz")]
    public async Task A_backup_brings_everything_back(string name)
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync();

        var written = (await cli.RunAsync("export", name, "--url", from.Url, "--json")).Expect(0).Json;
        Assert.Equal((5, 120), (MigrationTests.Number(written, "threads"), MigrationTests.Number(written, "messages")));
        var read = (await cli.RunAsync("import", name, "--url", to.Url, "--json")).Expect(0).Json;
        Assert.Equal((2, 120, 117, 2), (MigrationTests.Number(read, "resources"), MigrationTests.Number(read, "messages"), MigrationTests.Number(read, "messagesWithVectors"), MigrationTests.Number(read, "workingMemories")));
        Assert.Equal(0, MigrationTests.Number((await cli.RunAsync("import", name, "--url", to.Url, "--json")).Expect(0).Json, "messages"));

        (await cli.RunAsync("verify", "--from", from.Url, "--to", to.Url)).Expect(0);
        Assert.Contains("is there already", (await cli.RunAsync("export", name, "--url", from.Url)).Expect(64).Error, StringComparison.Ordinal);
        Assert.Equal([name], Directory.GetFiles(cli.Folder, "backup*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task Standard_output_and_input_do_as_well()
    {
        var (from, to) = (TransferPlace.File(cli, "from.db"), TransferPlace.File(cli, "to.db"));
        await from.FillAsync();

        var archive = (await cli.RunAsync("export", "-", "--url", from.Url, "--resource", "ada", "--without-vectors")).Expect(0).Output;
        Assert.DoesNotContain("platypus", archive, StringComparison.Ordinal);
        var read = (await cli.RunAsync(["import", "-", "--url", to.Url, "--json"], archive)).Expect(0).Json;

        Assert.Equal((1, 118, 0), (MigrationTests.Number(read, "resources"), MigrationTests.Number(read, "messages"), MigrationTests.Number(read, "messagesWithVectors")));
        (await cli.RunAsync("verify", "--from", from.Url, "--to", to.Url, "--resource", "ada")).Expect(0);
    }

    [Fact]
    public async Task A_bad_line_is_named_and_what_came_before_it_stays()
    {
        var from = TransferPlace.File(cli, "from.db");
        await from.FillAsync();
        (await cli.RunAsync("export", "a.ndjson", "--url", from.Url)).Expect(0);
        var lines = await File.ReadAllLinesAsync(cli.File("a.ndjson"), TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(cli.File("bad.ndjson"), [.. lines[..60], "{\"type\":\"message\"}", .. lines[60..]], TestContext.Current.CancellationToken);
        await File.WriteAllLinesAsync(cli.File("short.ndjson"), lines[..^3], TestContext.Current.CancellationToken);

        Assert.Contains("Line 61 of the archive has no message", (await cli.RunAsync("import", "bad.ndjson", "--url", "file:to.db")).Expect(1).Error, StringComparison.Ordinal);
        Assert.Contains("cut short", (await cli.RunAsync("import", "short.ndjson", "--url", "file:to.db")).Expect(1).Error, StringComparison.Ordinal);
        (await cli.RunAsync("import", "a.ndjson", "--url", "file:to.db")).Expect(0);
        (await cli.RunAsync("verify", "--from", from.Url, "--to", "file:to.db")).Expect(0);
        Assert.Contains("There is no file nothing.ndjson", (await cli.RunAsync("import", "nothing.ndjson", "--url", "file:new.db")).Expect(64).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(cli.File("new.db")), "Nothing was imported, and a file was made.");
    }

    [Fact]
    public async Task A_gzip_file_that_is_none_is_an_error()
    {
        await File.WriteAllTextAsync(cli.File("a.ndjson.gz"), "{}", TestContext.Current.CancellationToken);
        (await cli.RunAsync("import", "a.ndjson.gz", "--url", "file:to.db")).Expect(1);
        await using var good = new GZipStream(File.Create(cli.File("b.ndjson.gz")), CompressionMode.Compress);
        await good.WriteAsync("""{"type":"end","threads":0,"messages":0}"""u8.ToArray(), TestContext.Current.CancellationToken);
        await good.DisposeAsync();
        (await cli.RunAsync("import", "b.ndjson.gz", "--url", "file:to.db")).Expect(0);
    }

    [Fact]
    public async Task The_rivals_database_is_imported_and_recalled_from()
    {
        var source = Path.Combine(AppContext.BaseDirectory, "mastra.db");
        var before = await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken);

        var run = (await cli.RunAsync("import", "--format", "mastra", "--from", $"file:{source}", "--url", "file:to.db", "--json")).Expect(0);
        Assert.Contains("note: 1 messages left out, because their thread is gone", run.Error, StringComparison.Ordinal);
        Assert.Equal((155, 0), (MigrationTests.Number(run.Json, "messages"), MigrationTests.Number(run.Json, "conflicts")));
        Assert.Equal(0, MigrationTests.Number((await cli.RunAsync("import", "--format", "mastra", "--from", $"file:{source}", "--url", "file:to.db", "--json")).Expect(0).Json, "messages"));

        var recall = (await cli.RunAsync("recall", "--resource", "ada", "--query", "Is there a dish without peanuts?", "--top", "1", "--range", "0", "--json", "--url", "file:to.db")).Expect(0).Json;
        Assert.Equal("k1", Assert.Single(recall.GetProperty("messages").EnumerateArray()).GetProperty("id").GetString());
        Assert.Equal(before, await File.ReadAllBytesAsync(source, TestContext.Current.CancellationToken));
        (await cli.RunAsync("import", "--format", "mastra", "--url", "file:to.db")).Expect(64);
    }
}
