namespace Memory.Server.Tests;

public sealed class CrashTests(ITestOutputHelper output)
{
    private const int Rounds = 5;

    [Fact]
    public async Task Everything_answered_survives_kill_9()
    {
        using var folder = new TempFolder();
        var traffic = new Traffic(threads: 3);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var round = 0; round < Rounds; round++)
        {
            await using var server = await StartAsync(folder);
            var writing = traffic.WriteAsync(server.Client, writers: 8);
            await traffic.WaitAsync(more: 20);
            await Task.Delay(random.Next(0, 500), TestContext.Current.CancellationToken);
            await server.KillAsync();
            await writing;
        }

        await using var last = await StartAsync(folder);
        await traffic.VerifyAsync(last.Client);
        output.WriteLine($"{traffic.Answered} answers over {Rounds} kills (seed {seed})");
    }

    [Fact]
    public async Task A_server_that_is_told_to_stop_finishes_what_it_has_taken()
    {
        using var folder = new TempFolder();
        var traffic = new Traffic(threads: 3);
        for (var round = 0; round < 2; round++)
        {
            await using var server = await StartAsync(folder);
            var writing = traffic.WriteAsync(server.Client, writers: 8);
            await traffic.WaitAsync(more: 50);
            Assert.Equal(0, await server.StopAsync());
            await writing;
            Assert.DoesNotContain("   at ", server.Output, StringComparison.Ordinal);
        }

        await using var last = await StartAsync(folder);
        await traffic.VerifyAsync(last.Client);
    }

    // A short lease, so that what a killed worker held is soon another's; as many attempts as there are kills.
    private static Task<ServerProcess> StartAsync(TempFolder folder) =>
        ServerProcess.StartAsync(folder, "Memory__Operations__LeaseSeconds=1", "Memory__Operations__MaxAttempts=50", "Memory__Operations__SweepSeconds=0.1");
}
