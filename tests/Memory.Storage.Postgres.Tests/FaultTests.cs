using System.Diagnostics;
using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>What happens when the server, the network or another transaction stands in the way: done once, or a clear error, and nothing in between.</summary>
public sealed class FaultTests : IAsyncLifetime
{
    private PostgresOptions options = new();
    private TcpProxy? proxy;
    private PostgresDatabase? database;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TcpProxy Proxy => proxy ?? throw new InvalidOperationException("Made before each test.");

    private PostgresDatabase Database => database ?? throw new InvalidOperationException("Made before each test.");

    private PostgresMessageStore Store => new(Database);

    public async ValueTask InitializeAsync()
    {
        options = await TestDatabase.OptionsAsync();
        var direct = new NpgsqlConnectionStringBuilder(options.Url);
        proxy = new TcpProxy(direct.Host ?? "127.0.0.1", direct.Port);
        database = Through(proxy);
        await Store.CheckAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        await Database.DisposeAsync();
        Proxy.Dispose();
        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    [Fact]
    public async Task A_connection_that_the_server_closed_meanwhile_costs_one_retry_and_no_error()
    {
        await AppendAsync(0);
        for (var round = 1; round <= 5; round++)
        {
            Proxy.Cut();
            await AppendAsync(round);
        }

        Assert.Equal(6, (await Store.FindThreadAsync("t", Token))?.LastPosition);
    }

    [Fact]
    public async Task Connections_ended_by_an_administrator_cost_one_retry_and_no_error()
    {
        await AppendAsync(0);
        for (var round = 1; round <= 5; round++)
        {
            await TestDatabase.ExecuteAsync(options.Url, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'memory' and query like '%" + options.Schema + "%' and pid <> pg_backend_pid()");
            await AppendAsync(round);
            await Store.DeleteMessageAsync("t", $"m{round}", DateTimeOffset.UtcNow, Token); // nobody doubts that it was not done
        }

        Assert.Equal((6, 1), ((await Store.FindThreadAsync("t", Token))?.LastPosition, (await Store.FindThreadAsync("t", Token))?.MessageCount));
    }

    [Fact]
    public async Task Answers_cut_short_leave_every_append_whole_and_single()
    {
        for (var round = 0; round < 60; round++)
        {
            Proxy.CutAfter(1 + (round * 7 % 400));
            await UntilDoneAsync(() => AppendAsync(round));
        }

        Proxy.CutAfter(long.MaxValue);
        var page = await Store.PageAsync(new MessageListing("t", 1_000, Descending: false, null, null), Token);
        Assert.Equal(Enumerable.Range(0, 60).Select(number => $"m{number}"), page!.Items.Select(message => message.Id)); // the thread is there
        Assert.Equal(Enumerable.Range(1, 60).Select(position => (long)position), page.Items.Select(message => message.Position));
    }

    [Fact]
    public async Task A_write_that_may_have_been_done_is_an_error_to_try_again_and_not_a_guess()
    {
        await AppendAsync(0);
        var failed = 0;
        for (var round = 0; round < 20; round++)
        {
            Proxy.CutAfter(1);
            try
            {
                await Store.CreateThreadAsync(Drafts.Thread($"thread {round}", "r", DateTimeOffset.UtcNow), Token);
            }
            catch (MemoryStoreException fault)
            {
                Assert.True(fault.IsTransient);
                failed++;
            }
        }

        Assert.True(failed > 0, "No call was cut.");
    }

    [Fact]
    public async Task Writers_that_stand_in_each_others_way_are_all_done()
    {
        await AppendAsync(0);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(caller => Task.Run(
            async () =>
            {
                for (var round = 0; round < 15; round++)
                {
                    var thread = $"shared {round % 3}";
                    var append = new AppendMessages(Store, TimeProvider.System);
                    await append.AppendAsync(append.Prepare(thread, new AppendRequest { ResourceId = $"r{round % 3}", Messages = Drafts.Messages(3, $"c{caller}-{round}-") }), Token);
                    if (round % 5 == 4)
                    {
                        await Store.DeleteThreadAsync(thread, null, Token);
                    }

                    if (round % 7 == 6)
                    {
                        await Store.EraseResourceAsync($"r{round % 3}", DateTimeOffset.UtcNow, Token);
                    }
                }
            },
            Token)));

        foreach (var thread in (string[])["shared 0", "shared 1", "shared 2"])
        {
            if (await Store.PageAsync(new MessageListing(thread, 1_000, Descending: false, null, null), Token) is { } page)
            {
                Assert.Equal(Enumerable.Range(1, page.Items.Count).Select(position => (long)position), page.Items.Select(message => message.Position));
            }
        }
    }

    [Theory]
    [InlineData("raise exception using errcode = 'serialization_failure'")]
    [InlineData("raise exception using errcode = 'deadlock_detected'")]
    public async Task A_transaction_that_the_server_gave_up_is_done_again(string failure)
    {
        // The first attempts fail at their end, as such conflicts do.
        var schema = PostgresNames.Quote(options.Schema);
        await TestDatabase.ExecuteAsync(
            options.Url,
            $"""
            create sequence {schema}.attempts;
            create function {schema}.fail() returns trigger language plpgsql as $f$ begin if nextval('{schema}.attempts') <= 2 then {failure}; end if; return null; end $f$;
            create constraint trigger fail after insert on {schema}.threads deferrable initially deferred for each row execute function {schema}.fail();
            """);

        await AppendAsync(0);

        Assert.Equal(1, (await Store.FindThreadAsync("t", Token))?.LastPosition);
        Assert.Equal(3L, await TestDatabase.ValueAsync<long>(options.Url, $"select last_value from {schema}.attempts"));
    }

    [Fact]
    public async Task A_read_only_database_refuses_writes_with_a_clear_error_and_still_reads()
    {
        await AppendAsync(0);
        var role = $"reader_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(
            options.Url,
            $"create role {role} superuser login password 'p'; alter role {role} set default_transaction_read_only = on");
        await using (var readOnly = PostgresDatabase.Open(As(role)))
        {
            var store = new PostgresMessageStore(readOnly);
            var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => AppendAsync(store, 1));

            Assert.Contains("read-only", fault.Message, StringComparison.Ordinal);
            Assert.Single(await store.ReadAsync(new MessageRead { ThreadId = "t", Last = 5 }, Token) ?? []);
        }

        await TestDatabase.ExecuteAsync(options.Url, $"drop role {role}");
    }

    [Fact]
    public async Task A_server_without_a_connection_left_is_a_transient_error_at_once()
    {
        var role = $"crowd_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(options.Url, $"create role {role} login password 'p' connection limit 1; grant usage on schema {PostgresNames.Quote(options.Schema)} to {role}; grant select on all tables in schema {PostgresNames.Quote(options.Schema)} to {role}");
        await using (var crowded = PostgresDatabase.Open(As(role)))
        await using (var taken = new NpgsqlConnection(As(role).Url))
        {
            await taken.OpenAsync(Token);
            var start = Stopwatch.GetTimestamp();
            var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(crowded).CheckAsync(Token));

            Assert.True(fault.IsTransient);
            Assert.Contains("no connection left", fault.Message, StringComparison.Ordinal);
            Assert.True(Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(options.ConnectTimeoutSeconds), "It waited instead.");
        }

        NpgsqlConnection.ClearAllPools();
        await TestDatabase.ExecuteAsync(options.Url, $"drop owned by {role}; drop role {role}");
    }

    [Theory]
    [InlineData("postgres://nobody:wrong@HOST:PORT/postgres", false, "user name or password")]
    [InlineData("postgres://USER:PASSWORD@HOST:PORT/no_such_database", false, "no database of that name")]
    [InlineData("postgres://USER:PASSWORD@HOST:1/postgres", true, "cannot be reached")]
    [InlineData("postgres://USER:PASSWORD@no-such-host.invalid/postgres", false, "cannot be resolved")]
    public async Task A_wrong_address_is_an_error_that_says_what_is_wrong_and_keeps_the_secret(string url, bool isTransient, string reason)
    {
        var server = new NpgsqlConnectionStringBuilder(TestDatabase.Server);
        var text = url.Replace("USER", server.Username, StringComparison.Ordinal).Replace("PASSWORD", server.Password, StringComparison.Ordinal)
            .Replace("HOST", server.Host, StringComparison.Ordinal).Replace("PORT", $"{server.Port}", StringComparison.Ordinal);
        await using var wrong = PostgresDatabase.Open(new PostgresOptions { Url = text });

        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(wrong).FindThreadAsync("t", Token));

        Assert.Equal(isTransient, fault.IsTransient);
        Assert.Contains(reason, fault.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain(server.Password!, fault.ToString(), StringComparison.Ordinal); // the script's server has one
    }

    [Fact]
    public async Task A_full_disk_refuses_writes_with_a_clear_error_and_nothing_is_half_written()
    {
        await using var disk = await SmallDisk.MountAsync(options);
        await using var full = PostgresDatabase.Open(disk.Options);
        var store = new PostgresMessageStore(full);
        var stored = 0;
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(async () =>
        {
            var append = new AppendMessages(store, TimeProvider.System);
            for (; stored < 10_000; stored += 50)
            {
                var messages = Enumerable.Range(stored, 50).Select(number => Drafts.Message($"m{number}", $"{number} {Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(1_500))}"));
                await append.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = [.. messages] }), Token);
            }
        });

        Assert.Contains("disk is full", fault.Message, StringComparison.Ordinal);
        Assert.True(stored > 0, "Not one append found room.");
        await disk.GrowAsync();
        Assert.Equal(stored, (await store.FindThreadAsync("t", Token))?.MessageCount);
        Assert.Equal(stored, (await store.PageAsync(new MessageListing("t", 20_000, Descending: false, null, null), Token))?.Items.Count);
    }

    private static Task AppendAsync(PostgresMessageStore store, int number)
    {
        var append = new AppendMessages(store, TimeProvider.System);
        return append.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = [Drafts.Message($"m{number}", $"text {number}")] }), Token);
    }

    private static async Task UntilDoneAsync(Func<Task> call)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                await call();
                return;
            }
            catch (MemoryStoreException fault) when (fault.IsTransient && attempt < 10)
            {
                // As a client does that is told to.
            }
        }
    }

    private Task AppendAsync(int number) => AppendAsync(Store, number);

    private PostgresOptions As(string role) => new()
    {
        Url = new NpgsqlConnectionStringBuilder(options.Url) { Username = role, Password = "p" }.ConnectionString,
        Schema = options.Schema,
    };

    private PostgresDatabase Through(TcpProxy between)
    {
        var through = new PostgresOptions
        {
            Url = new NpgsqlConnectionStringBuilder(options.Url) { Host = "127.0.0.1", Port = between.Port, SslMode = SslMode.Disable }.ConnectionString,
            Schema = options.Schema,
        };
        through.Pool.Min = 0;
        return PostgresDatabase.Open(through);
    }
}
