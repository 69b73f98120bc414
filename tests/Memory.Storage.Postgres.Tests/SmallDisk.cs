using System.Diagnostics;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>A database on a disk of a few megabytes: a tablespace in memory where the server can see it, which only root can make.</summary>
internal sealed class SmallDisk : IAsyncDisposable
{
    private readonly string name = $"small_{Guid.NewGuid():N}";
    private readonly string mount;
    private readonly string server;

    private SmallDisk(string mount, string server, PostgresOptions options) => (this.mount, this.server, Options) = (mount, server, options);

    /// <summary>The database.</summary>
    public PostgresOptions Options { get; private set; }

    public static async Task<SmallDisk> MountAsync(PostgresOptions like)
    {
        var (root, folder) = (Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES_ROOT"), Environment.GetEnvironmentVariable("MEMORY_TEST_POSTGRES_FOLDER"));
        Assert.SkipWhen(string.IsNullOrEmpty(folder) || !Environment.IsPrivilegedProcess, "A small disk can only be mounted by root, beside a server that ./test.sh started.");
        var below = $"{folder}/disk-{Guid.NewGuid():N}";
        var disk = new SmallDisk($"{root?.TrimEnd('/')}{below}", TestDatabase.Server, like);
        await RunAsync("mkdir", disk.mount);
        await RunAsync("mount", "-t", "tmpfs", "-o", $"size=24m,mode=700,uid={(await RunAsync("stat", "-c", "%u", $"{root?.TrimEnd('/')}{folder}/data")).Trim()}", "tmpfs", disk.mount);
        await TestDatabase.ExecuteAsync(disk.server, $"create tablespace {disk.name} location '{below}'");
        await TestDatabase.ExecuteAsync(disk.server, $"create database {disk.name} tablespace {disk.name}");
        disk.Options = new PostgresOptions { Url = new NpgsqlConnectionStringBuilder(disk.server) { Database = disk.name }.ConnectionString };
        return disk;
    }

    /// <summary>Gives the disk some room again: a new session of PostgreSQL's needs a little, be it only to read.</summary>
    public Task GrowAsync() => RunAsync("mount", "-o", "remount,size=64m", mount);

    public async ValueTask DisposeAsync()
    {
        await TestDatabase.ExecuteAsync(server, $"drop database if exists {name} with (force)");
        await TestDatabase.ExecuteAsync(server, $"drop tablespace if exists {name}");
        await RunAsync("umount", mount);
    }

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true })!; // there on every machine that gets here
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
        return output;
    }
}
