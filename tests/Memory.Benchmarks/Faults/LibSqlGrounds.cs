using System.Globalization;
using Memory.Benchmarks.Load;
using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>LibSQL: files, and sqld.</summary>
internal static class LibSqlGrounds
{
    private const string Program = "MEMORY_TEST_SQLD_PROGRAM";

    /// <summary>A file of its own.</summary>
    public static Task<Ground> FileAsync()
    {
        var folder = new TemporaryFolder();
        return Task.FromResult(new Ground(Settings($"file:{folder.NewFile()}"), (_, _) => Task.CompletedTask, () =>
        {
            folder.Dispose();
            return ValueTask.CompletedTask;
        }));
    }

    /// <summary>A file on a disk that is full now and then.</summary>
    /// <param name="length">How long it is written to.</param>
    public static Task<Ground> SmallDiskAsync(TimeSpan length)
    {
        var folder = Directory.CreateTempSubdirectory("memory-bench-");
        SmallFileSystem disk;
        try
        {
            // More than is written in that time, so that only the ballast fills it.
            disk = SmallFileSystem.Mount(Path.Combine(folder.FullName, "disk"), string.Create(CultureInfo.InvariantCulture, $"{32 + (int)(4 * length.TotalSeconds)}m"));
        }
        catch (NotSupportedException exception)
        {
            folder.Delete(recursive: true);
            throw new LeftOutException(exception.Message);
        }

        return Task.FromResult(new Ground(
            Settings($"file:{Path.Combine(disk.Path, "memory.db")}"),
            (random, over) => Strikes.FillAsync(disk, random, over),
            () =>
            {
                disk.Dispose();
                folder.Delete(recursive: true);
                return ValueTask.CompletedTask;
            }));
    }

    /// <summary>A server of its own that is killed and started again.</summary>
    public static async Task<Ground> SqldAsync()
    {
        var server = await SqldServer.StartAsync(TestServer.Find(Program));
        return new Ground(Settings(server.Url.AbsoluteUri), async (random, over) =>
        {
            await server.KillAsync();
            await random.PauseAsync(0, 300, over);
            await server.BeginAsync();
        }, server.DisposeAsync);
    }

    /// <summary>A server of its own behind a network that breaks.</summary>
    public static async Task<Ground> SqldBehindProxyAsync()
    {
        var server = await SqldServer.StartAsync(TestServer.Find(Program));
        var proxy = new TcpProxy(server.Url.Host, server.Url.Port);
        return new Ground(Settings($"http://127.0.0.1:{proxy.Port}"), (random, over) => Network.StrikeAsync(proxy, random, over), async () =>
        {
            proxy.Dispose();
            await server.DisposeAsync();
        });
    }

    private static Dictionary<string, string> Settings(string url) => new() { ["Memory__Storage__Backend"] = "libsql", ["Memory__LibSql__Url"] = url };
}
