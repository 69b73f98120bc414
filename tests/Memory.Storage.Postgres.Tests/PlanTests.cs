using System.Globalization;
using Memory.Conformance;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>What calls read in tables that were never analyzed, counted by the server.</summary>
public sealed class PlanTests
{
    private const int Messages = 400;

    private static readonly DateTimeOffset Then = new(2029, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_list_of_messages_to_embed_looks_each_up_and_walks_over_no_other()
    {
        var read = await ReadAsync(["messages"], async database =>
        {
            // The session's first calls find the tables empty, and its plans are made then.
            var (store, embeddings) = (new PostgresMessageStore(database), new PostgresEmbeddingStore(database));
            Assert.Empty(await embeddings.ClaimAsync(1, TimeSpan.FromMinutes(1), Then, Token));
            Assert.Equal(0, await embeddings.PutAsync(Vectors.Space, [], Then, Token));
            var append = new AppendMessages(store, TimeProvider.System);
            await store.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(Messages) }) with { EmbeddingDueAt = null }, Token);

            // Claims fill the list anew for the space that is begun now.
            await embeddings.MoveAsync(new EmbeddingSpace("another", 3), Then, Token);
            var claimed = await embeddings.ClaimAsync(Messages, TimeSpan.FromMinutes(1), Then, Token);
            Assert.Equal(Messages, claimed.Count);
            Assert.Equal(Messages, await embeddings.PutAsync(new EmbeddingSpace("another", 3), [.. claimed.Select(message => new MessageVectors(message.Message, Vectors.At(0)))], Then, Token));
        });

        // Appended (each id is looked for), put on the list (found and looked at), claimed, and given its vector.
        Assert.InRange(read, Messages, 6 * Messages);
    }

    [Fact]
    public async Task What_is_read_all_the_time_is_planned_once()
    {
        var plans = new List<(string Statement, long Custom, long Generic)>();
        await ReadAsync(["messages"], async database =>
        {
            var store = new PostgresMessageStore(database);
            var append = new AppendMessages(store, TimeProvider.System);
            for (var thread = 0; thread < 10; thread++)
            {
                await store.AppendAsync(append.Prepare($"t{thread}", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(Messages) }), Token);
            }

            await database.ListAsync("analyze", "analyze {messages}, {threads}, {resources}", () => [], _ => true, Token);
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(30, (await store.ReadAsync(new MessageRead { ThreadId = "t5", Last = 30 }, Token))?.Count);
                Assert.Equal(20, (await store.PageAsync(new MessageListing("t5", 20, Descending: true, After: 200, null), Token))?.Items.Count);
                Assert.Equal(20, (await store.PageAsync(new MessageListing("t5", 20, Descending: false, After: 200, null), Token))?.Items.Count);
            }

            plans = await database.ListAsync(
                "look at the plans", "select statement, custom_plans, generic_plans from pg_prepared_statements where statement like '%m.content is not null%limit%'", () => [],
                row => (row.GetString(0), row.GetInt64(1), row.GetInt64(2)), Token);
        });

        // PostgreSQL makes five for the values at hand before it takes one for all of them.
        Assert.Equal(3, plans.Count);
        Assert.All(plans, plan => Assert.Equal((5, true), (plan.Custom, plan.Generic > 5)));
    }

    [Fact]
    public async Task A_read_of_ranges_walks_over_no_other_message()
    {
        var read = await ReadAsync(["messages"], async database =>
        {
            var store = new PostgresMessageStore(database);
            var append = new AppendMessages(store, TimeProvider.System);
            await store.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(Messages) }), Token);
            await database.ListAsync("analyze", "analyze {messages}, {threads}, {resources}", () => [], _ => true, Token);
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal(10, (await store.ReadAsync(new MessageRead { Ranges = [new PositionRange("t", 11, 15), new PositionRange("t", 101, 105)] }, Token))?.Count);
            }
        });

        Assert.InRange(read, 20 * 10, (20 * 10) + (3 * Messages)); // the append looks each id up
    }

    [Fact]
    public async Task A_search_in_a_thread_reads_none_of_its_resources_other_messages()
    {
        var read = await ReadAsync(["messages"], async database =>
        {
            var (store, index) = (new PostgresMessageStore(database), new PostgresSearchIndex(database));
            var append = new AppendMessages(store, TimeProvider.System);
            await store.AppendAsync(append.Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(10) }), Token);
            for (var thread = 0; thread < 10; thread++)
            {
                await store.AppendAsync(append.Prepare($"t{thread}", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(Messages) }), Token);
            }

            var query = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = LexicalEncoder.EncodeQuery("text of m5"), TopK = 3 };
            for (var i = 0; i < 20; i++)
            {
                Assert.Equal("t 5", (await index.SearchAsync(query, Token))?.Hits.Select(hit => $"{hit.ThreadId} {hit.Position}").First());
            }
        });

        // The appends look each id up. A search finds ten messages by one word and one by another, and looks at those around them.
        Assert.InRange(read, 20 * 11, (20 * 150) + (10 * Messages) + 10);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_step_over_expired_threads_reads_a_bounded_number(bool ofTheirOwn)
    {
        var read = await ReadAsync(["threads"], async database =>
        {
            var store = new PostgresMessageStore(database);
            await store.CheckAsync(Token);
            await FillAsync(database, 20_000, ofTheirOwn);
            var (found, after) = (0, (string?)null);
            for (var step = 0; step < 5 && found < 100; step++) // the first may find that none has one of its own
            {
                var page = await store.ListExpiredAsync(new ExpiryQuery(Then, TimeSpan.FromHours(1), 25, after), Token);
                (found, after) = (found + page.Items.Count, page.Next);
            }

            Assert.Equal(100, found);
        });

        // Two hundred a step, of which a quarter of a hundred was asked for.
        Assert.InRange(read, 100, 4 * 250);
    }

    [Fact]
    public async Task A_part_of_the_resources_is_a_part_of_their_index()
    {
        var read = await ReadAsync(["resources"], async database =>
        {
            var store = new PostgresMessageStore(database);
            await store.CheckAsync(Token);
            await FillAsync(database, 20_000, ofTheirOwn: null);
            Assert.Equal(11, (await store.ListResourcesAsync(new ResourceListing(20, Prefix: "r1234"), Token)).Items.Count);
            Assert.Empty((await store.ListResourcesAsync(new ResourceListing(20, Prefix: "q"), Token)).Items);
        });

        Assert.InRange(read, 11, 50);
    }

    /// <summary>Resources, each with a thread that has a time to live of its own or none; without threads when that is null.</summary>
    private static Task<List<bool>> FillAsync(PostgresDatabase database, int resources, bool? ofTheirOwn) => database.ListAsync(
        "fill the tables",
        """
        with made as (insert into {resources} (id, created_at) select 'r' || n, $1 from generate_series(1, $2) n returning key)
        insert into {threads} (resource_key, id, created_at, updated_at, last_position, message_count, version, time_to_live)
        select key, 't' || key, $1, $1, 0, 0, 1, case when $3 then 60 end from made where $4
        """,
        () => [Parameter.Time(Then - TimeSpan.FromDays(1)), Parameter.Integer(resources), Parameter.Boolean(ofTheirOwn == true), Parameter.Boolean(ofTheirOwn is not null)], _ => true, Token);

    /// <summary>How many rows of an index some work read, in a schema of its own.</summary>
    private static async Task<long> ReadAsync(string[] tables, Func<PostgresDatabase, Task> work)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"plans {Guid.NewGuid():N}");
        var options = await TestDatabase.OptionsAsync(options =>
        {
            options.Url = new NpgsqlConnectionStringBuilder(options.Url) { ApplicationName = name }.ConnectionString;
            options.Pool.Max = 1; // one session, whose plans stay
        });
        await using (var database = PostgresDatabase.Open(options))
        {
            await work(database);
        }

        // A session hands its counts over before it is gone.
        var server = await TestDatabase.SharedAsync();
        while (await TestDatabase.ValueAsync<long>(server, $"select count(*) from pg_stat_activity where application_name = '{name}'") > 0)
        {
            await Task.Delay(50, Token);
        }

        var read = await TestDatabase.ValueAsync<long>(
            server,
            $"""
            select (select sum(idx_tup_read) from pg_stat_user_indexes where schemaname = '{options.Schema}' and relname in ('{string.Join("', '", tables)}'))::bigint
                + (select sum(seq_tup_read) from pg_stat_user_tables where schemaname = '{options.Schema}' and relname in ('{string.Join("', '", tables)}'))::bigint
            """);
        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
        return read;
    }
}
