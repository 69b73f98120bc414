using System.Diagnostics;

namespace Memory.Fakes.Tests;

/// <summary>Whether Upstash's own clients take the stand-ins for the services.</summary>
public sealed class OfficialClientTests
{
    private static string Clients => RealRedis.Required("MEMORY_TEST_UPSTASH_CLIENTS", "./test.sh installs them where there is Node.js, or set it to a folder with @upstash/redis and @upstash/vector in node_modules.");

    [Fact]
    public async Task The_client_for_Redis_takes_the_proxy_for_Upstash()
    {
        _ = Clients;
        await using var proxy = await RealRedis.ProxyAsync();
        await RunAsync("redis.mjs", proxy.Url, proxy.Token, RealRedis.Key());

        // The client sends the last token it got, and an empty one first.
        Assert.Contains(proxy.Log, request => request.SyncToken is { Length: > 0 });
        Assert.Equal("", proxy.Log[0].SyncToken);
        Assert.Contains(proxy.Log, request => request.Path == "/");
        Assert.Contains(proxy.Log, request => request.Path == "/pipeline" && request.Commands.SequenceEqual(["GET", "HGET"])); // the client keeps reads and writes apart
        Assert.Contains(proxy.Log, request => request.Path == "/multi-exec" && request.Billed == 5);
    }

    [Fact]
    public async Task The_client_for_Vector_takes_the_stand_in_for_Upstash()
    {
        _ = Clients;
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.FromMilliseconds(50) });
        await RunAsync("vector.mjs", fake.Url, fake.Token);
        Assert.All(fake.Log, request => Assert.Equal("POST", request.Method));
    }

    private static async Task RunAsync(string script, params string[] arguments)
    {
        ProcessStartInfo start = new("node", [Path.Combine(AppContext.BaseDirectory, "clients", script), Clients, .. arguments]) { RedirectStandardError = true };
        using var node = Process.Start(start)!; // node runs the script itself
        try
        {
            var errors = await node.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            await node.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(node.ExitCode == 0, errors);
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill(); // when the test was cancelled
            }
        }
    }
}
