using Memory.Fakes;

namespace Memory.Benchmarks.Faults;

/// <summary>Every fault upon every backend that it can come upon.</summary>
internal static class Scenarios
{
    private const string File = "LibSQL file", Sqld = "sqld", Postgres = "PostgreSQL", Upstash = "Upstash";

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    private static readonly (string Name, Func<Task<Ground>> OpenAsync)[] Backends =
        [(File, LibSqlGrounds.FileAsync), (Sqld, LibSqlGrounds.SqldAsync), (Postgres, PostgresGrounds.SchemaAsync), (Upstash, UpstashGrounds.ServicesAsync)];

    /// <summary>All of them.</summary>
    public static IReadOnlyList<Scenario> All { get; } =
    [
        .. OnEach("server killed", (open, _, token) => ServersAsync(open, 1, KillOneAsync, token)),
        .. OnEach("one of two servers killed", (open, _, token) => ServersAsync(open, 2, KillOneAsync, token)),
        Upon("database killed", Sqld, LibSqlGrounds.SqldAsync),
        Upon("database killed", Postgres, PostgresGrounds.ServerAsync),
        Upon("database killed", Upstash, UpstashGrounds.RedisAsync),
        Upon("network broken", Sqld, LibSqlGrounds.SqldBehindProxyAsync),
        Upon("network broken", Postgres, PostgresGrounds.BehindProxyAsync),
        Upon("network broken", Upstash, UpstashGrounds.ServicesAsync),
        new("disk full", File, async (length, token) => await ServersTarget.StartAsync(await LibSqlGrounds.SmallDiskAsync(length), token)),
        new("disk full", Postgres, async (length, token) => await ServersTarget.StartAsync(await PostgresGrounds.SmallDiskAsync(length), token)),
        .. OnEach("clock moved by an hour", (open, _, _) => MovedClockAsync(open)),
        .. OnEach("embedder away for an hour", (open, length, _) => EmbedderAwayAsync(open, length)),
        .. OnEach("announced twice, late, shuffled", (open, _, token) => QueueAsync(open, token)).Select(scenario => scenario with { QueuedWriters = 8 }),
    ];

    /// <summary>What makes no sense for a backend, and why.</summary>
    public static IReadOnlyList<(string Fault, string Backend, string Reason)> LeftOut { get; } =
    [
        ("database killed", File, "the database is in the server's process: see 'server killed'"),
        ("network broken", File, "there is no network between the server and a file"),
        ("disk full", Sqld, "the disk is the database server's, and what it answers then is the error that a broken network brings"),
        ("disk full", Upstash, "the disk is the service's, and what it answers then is the error that a broken network brings"),
    ];

    private static IEnumerable<Scenario> OnEach(string fault, Func<Func<Task<Ground>>, TimeSpan, CancellationToken, Task<ITarget>> startAsync) =>
        Backends.Select(backend => new Scenario(fault, backend.Name, (length, token) => startAsync(backend.OpenAsync, length, token)));

    private static Scenario Upon(string fault, string backend, Func<Task<Ground>> openAsync) =>
        new(fault, backend, async (_, token) => await ServersTarget.StartAsync(await openAsync(), token));

    private static async Task<ITarget> ServersAsync(
        Func<Task<Ground>> openAsync, int count, Func<ServersTarget, Random, CancellationToken, Task> strike, CancellationToken cancellationToken) =>
        await ServersTarget.StartAsync(await openAsync(), count, strike, cancellationToken);

    private static async Task KillOneAsync(ServersTarget target, Random random, CancellationToken over)
    {
        var index = random.Next(target.Count);
        await target.KillAsync(index);
        await random.PauseAsync(0, 200, over);
        await target.StartAsync(index, CancellationToken.None); // it is healed even when the time is over
    }

    // It stays ahead in the end: what was to be done at a time of the clock that was ahead is due then.
    private static async Task<ITarget> MovedClockAsync(Func<Task<Ground>> openAsync)
    {
        var clock = new MovedClock { Ahead = Hour };
        return await InProcessTarget.StartAsync(await openAsync(), clock, async (_, random, over) =>
        {
            clock.Ahead = TimeSpan.Zero;
            await random.PauseAsync(50, 400, over);
            clock.Ahead = Hour;
        });
    }

    private static async Task<ITarget> EmbedderAwayAsync(Func<Task<Ground>> openAsync, TimeSpan length)
    {
        var away = length * 0.8;
        var factor = Hour / away;
        Func<int, FakeFault?>[] faults =
        [
            _ => FakeFault.Answer(429, ("Retry-After", "60")), _ => FakeFault.Answer(500), _ => FakeFault.Reset, _ => FakeFault.Truncated, _ => FakeFault.Answer(401), _ => FakeFault.Garbage,
        ];
        return await InProcessTarget.StartAsync(
            await openAsync(), new FastClock(factor),
            async (embedder, random, over) =>
            {
                random.Shuffle(faults);
                foreach (var fault in faults)
                {
                    embedder.Fault = fault;
                    await Strikes.PauseAsync(away / (faults.Length + 1), over);
                }

                embedder.Delay = token => Task.Delay(Timeout.Infinite, token); // it hangs
                await Strikes.PauseAsync(away / (faults.Length + 1), over);
                (embedder.Fault, embedder.Delay) = (null, null);
            },
            ("Memory__Embedding__InlineTimeoutSeconds", Seconds(factor, 300)), ("Memory__Embedding__QueryTimeoutSeconds", Seconds(factor, 300)),
            ("Memory__Embedding__LeaseSeconds", Seconds(4 * factor, 3_600)), ("Memory__Embedding__MaxRetrySeconds", "60"), ("Memory__Operations__LeaseSeconds", Seconds(factor, 3_600)));
    }

    // A quarter of a second of the system's clock, which a call to a healthy service takes at most.
    private static string Seconds(double factor, double most) => Math.Round(Math.Clamp(0.25 * factor, 1, most)).ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static async Task<ITarget> QueueAsync(Func<Task<Ground>> openAsync, CancellationToken cancellationToken)
    {
        var ground = await QueueGround.OverAsync(openAsync);
        return await ServersTarget.StartAsync(ground, count: 2, (_, random, over) => ground.StrikeAsync(random, over), cancellationToken);
    }
}
