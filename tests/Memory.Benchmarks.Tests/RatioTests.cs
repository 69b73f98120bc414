using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Tests;

/// <summary>
/// The product beside the raw driver, in one run. The bounds are about half of what docs/performance.md shows, and the best of three rounds counts: a slowdown by two is found, a busy machine is
/// not taken for one.
/// </summary>
[Collection(nameof(Alone))]
public sealed class RatioTests
{
    private const int Rounds = 3;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_append_to_a_file_is_not_much_slower_than_a_bare_insert()
    {
        using var folder = new TemporaryFolder();
        await using var backend = new LibSqlBackend(folder);

        Assert.InRange(await BestAsync(backend, new AppendWork(2_000, Callers: 1, Batch: 1) { WithVectors = true }), 0.25, double.MaxValue);
        Assert.InRange(await BestAsync(backend, new AppendWork(2_000, Callers: 1, Batch: 1)), 0.1, double.MaxValue);
    }

    [Fact]
    public async Task An_append_to_PostgreSQL_is_not_much_slower_than_a_bare_insert()
    {
        await using var backend = await PostgresBackend.ConnectAsync(Servers.Postgres, Token);

        Assert.InRange(await BestAsync(backend, new AppendWork(1_000, Callers: 1, Batch: 1)), 0.05, double.MaxValue);
    }

    [Fact]
    public async Task A_recall_from_a_file_is_not_much_slower_than_a_bare_scan()
    {
        using var folder = new TemporaryFolder();
        await using var backend = new LibSqlBackend(folder);

        Assert.InRange(await BestAsync(backend, new RecallWork(10_000, WholeResource: true, Samples: 100) { WithVectors = true }), 0.15, double.MaxValue);
    }

    // How many times better the product is than the raw driver, at best.
    private static async Task<double> BestAsync(IBackend backend, Work work)
    {
        var corpus = new Corpus(11_000);
        var works = new ConversationWorks(corpus, TimeSpan.Zero);
        var scans = new PreparedScans(corpus);
        var ours = new CoreSubject(works, new PreparedStores(works, backend), scans, backend);
        ISubject bare = work is RecallWork ? new BareScanSubject(works, scans) : new BareInsertSubject(corpus, backend.Bare ?? throw new InvalidOperationException("There is no raw driver to compare with."));
        var unit = work is RecallWork ? Unit.Milliseconds : Unit.PerSecond;
        var best = 0.0;
        for (var round = 0; round < Rounds; round++)
        {
            best = Math.Max(best, unit.Advantage(await RunAsync(ours), await RunAsync(bare)));
        }

        return best;

        async Task<Outcome> RunAsync(ISubject subject) => await subject.RunAsync(work, Token) ?? throw new InvalidOperationException($"{subject.Name} does not do that.");
    }
}
