using Memory.Server;
using Microsoft.AspNetCore.Builder;

namespace Memory.Http.Tests;

/// <summary>A server in this process: real Kestrel on a free port, and a LibSQL file of its own that goes with it.</summary>
internal sealed class OwnServer : IAsyncDisposable
{
    private readonly DirectoryInfo folder;
    private readonly WebApplication app;

    private OwnServer(DirectoryInfo folder, WebApplication app) => (this.folder, this.app) = (folder, app);

    public string Url => app.Urls.First();

    public static async Task<OwnServer> StartAsync(params string[] settings)
    {
        var folder = Directory.CreateTempSubdirectory("memory-http-");
        var app = ServerHost.Build(
        [
            "--urls", "http://127.0.0.1:0",
            "--Memory:LibSql:Url", $"file:{Path.Combine(folder.FullName, "memory.db")}",
            "--Logging:LogLevel:Default", "Error",
            .. settings,
        ]);
        await ServerHost.StartAsync(app);
        return new OwnServer(folder, app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
