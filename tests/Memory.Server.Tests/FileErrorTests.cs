using System.Text;
using Microsoft.Data.Sqlite;

namespace Memory.Server.Tests;

public sealed class FileErrorTests
{
    [Fact]
    public async Task A_path_that_is_a_folder_is_refused()
    {
        using var folder = new TempFolder();
        Directory.CreateDirectory(folder.File("memory.db"));
        await AssertRefusedAsync(folder, "the database file cannot be opened");
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused_and_left_alone()
    {
        using var folder = new TempFolder();
        var text = string.Concat(Enumerable.Repeat("Dear diary, ", 1_000));
        await File.WriteAllTextAsync(folder.File("memory.db"), text, TestContext.Current.CancellationToken);
        await AssertRefusedAsync(folder, "the file is not a database");
        Assert.Equal(text, await File.ReadAllTextAsync(folder.File("memory.db"), TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_file_with_a_damaged_header_is_refused()
    {
        using var folder = new TempFolder();
        await MakeDatabaseAsync(folder);
        await using (var file = File.OpenWrite(folder.File("memory.db")))
        {
            file.Position = 16; // behind "SQLite format 3\0": page size and all that follows
            file.Write(Encoding.ASCII.GetBytes(new string('!', 84)));
        }

        await AssertRefusedAsync(folder, "the file is not a database", "the database file is damaged");
    }

    [Fact]
    public async Task A_file_whose_pages_are_damaged_is_refused()
    {
        using var folder = new TempFolder();
        await MakeDatabaseAsync(folder);
        await using (var file = File.OpenWrite(folder.File("memory.db")))
        {
            file.Position = 100; // the schema's own page
            file.Write(new byte[(int)file.Length - 100]);
        }

        await AssertRefusedAsync(folder, "the database file is damaged");
    }

    [Fact]
    public async Task A_folder_that_cannot_be_made_is_refused()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("file"), "", TestContext.Current.CancellationToken);
        await AssertRefusedAsync(folder, ["its folder cannot be made"], $"--Memory:LibSql:Url=file:{folder.File("file")}/below/memory.db");
    }

    [Fact]
    public async Task A_file_of_a_newer_version_is_refused_and_left_alone()
    {
        using var folder = new TempFolder();
        await MakeDatabaseAsync(folder);
        using (var connection = new SqliteConnection($"Data Source={folder.File("memory.db")};Pooling=False"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "insert into schema_versions (version, applied_at) values (999, 0)";
            command.ExecuteNonQuery();
        }

        await AssertRefusedAsync(folder, "the file has schema version 999");
        await AssertRefusedAsync(folder, "the file has schema version 999");
    }

    [Fact]
    public async Task An_empty_file_and_missing_folders_become_a_database()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("memory.db"), "", TestContext.Current.CancellationToken);
        await MakeDatabaseAsync(folder);
        await using var server = await ServerProcess.StartAsync(folder, $"--Memory:LibSql:Url=file:{folder.File("a b/c'd/ünï.db")}");
        Assert.Equal(0, await server.StopAsync());
        Assert.True(File.Exists(folder.File("a b/c'd/ünï.db")));
    }

    [Fact]
    public async Task A_read_only_file_system_is_refused()
    {
        using var folder = new TempFolder();
        using var mount = Mount.Create(folder.File("disk"), "2m");
        await using (var server = await ServerProcess.StartAsync(folder, $"--Memory:LibSql:Url=file:{mount.Path}/memory.db"))
        {
            Assert.Equal(0, await server.StopAsync());
        }

        mount.MakeReadOnly();
        foreach (var name in new[] { "memory.db", "new.db" })
        {
            await AssertRefusedAsync(folder, ["the database file cannot be opened", "the database or its folder is read-only"], $"--Memory:LibSql:Url=file:{mount.Path}/{name}");
        }

        await AssertRefusedAsync(folder, ["its folder cannot be made"], $"--Memory:LibSql:Url=file:{mount.Path}/new/memory.db");
    }

    private static async Task MakeDatabaseAsync(TempFolder folder)
    {
        await using var server = await ServerProcess.StartAsync(folder);
        Assert.Equal(0, await server.StopAsync());
    }

    private static Task AssertRefusedAsync(TempFolder folder, params string[] reasons) => AssertRefusedAsync(folder, reasons, []);

    private static async Task AssertRefusedAsync(TempFolder folder, string[] reasons, params string[] settings)
    {
        var (code, output) = await ServerProcess.RunToEndAsync(folder, settings);
        Assert.True(code == 1, $"Exit code {code}: {output}");
        ConfigurationTests.AssertOneLine(output, "libsql failed to open the database: ");
        Assert.True(reasons.Any(reason => output.Contains(reason, StringComparison.Ordinal)), output);
    }
}
