using Memory.Core;
using Npgsql;

namespace Memory.Mastra.Tests;

public sealed class PostgresTests : MappingTests
{
    // Mastra's own listing of a PostgreSQL database gives them in the order of their ids.
    private protected override IEnumerable<string> OrderOfTies => ["untie-a", "untie-m", "untie-z"];

    [Fact]
    public async Task A_file_and_a_database_of_the_same_conversations_give_the_same_records()
    {
        using var folder = new TempFolder();
        var inFile = await Records.OfAsync(MastraArchive.Open(MadeByMastra.CopyTo(folder)));
        var inPostgres = await ReadAsync();
        Assert.Equal(WithoutTies(inFile), WithoutTies(inPostgres));
        Assert.Equal(inFile.Notes, inPostgres.Notes);
    }

    [Fact]
    public async Task A_URL_is_read_as_well_as_a_connection_string()
    {
        var address = new NpgsqlConnectionStringBuilder(await MadeByMastra.InPostgresAsync());
        var url = $"postgresql://{address.Username}:{Uri.EscapeDataString(address.Password!)}@{address.Host}:{address.Port}/{address.Database}?sslmode=prefer&application_name=move"; // a server with a password
        Assert.Equal((await ReadAsync()).Lines(), (await Records.OfAsync(MastraArchive.Open(url, MadeByMastra.Schema))).Lines());
    }

    [Fact]
    public async Task The_time_with_a_zone_counts_and_of_older_rows_the_other_as_UTC()
    {
        await MadeByMastra.InPostgresAsync();
        var database = await MadeByMastra.MakeAsync("memory_mastra_times", "public");
        await MadeByMastra.ExecuteAsync(database, """
            update mastra_messages set "createdAt" = "createdAt" + interval '9 hours' where id = 'k1';
            update mastra_messages set "createdAtZ" = null where id = 'k2';
            """);
        var records = await Records.OfAsync(MastraArchive.Open(database));
        Assert.Equal("2030-01-31T09:00:01Z", records.Message("kitchen", "k1").CreatedAt.ToRfc3339());
        Assert.Equal("2030-01-31T09:00:02Z", records.Message("kitchen", "k2").CreatedAt.ToRfc3339());
    }

    [Fact]
    public async Task What_is_written_meanwhile_is_not_seen()
    {
        await MadeByMastra.InPostgresAsync();
        var database = await MadeByMastra.MakeAsync("memory_mastra_snapshot", "public");
        long threads = 0;
        ArchiveEnd? end = null;
        await foreach (var record in MastraArchive.Open(database).ReadAsync(TestContext.Current.CancellationToken))
        {
            if (record is ArchivedThread && threads++ == 0)
            {
                await MadeByMastra.ExecuteAsync(database, "delete from mastra_messages; delete from mastra_threads");
            }

            end = record as ArchiveEnd;
        }

        Assert.Equal(new ArchiveEnd(135, 155), end);
    }

    [Fact]
    public async Task A_schema_without_the_tables_is_refused_with_their_names()
    {
        var fault = await FaultAsync(await MadeByMastra.InPostgresAsync(), "public");
        Assert.Equal("mastra", fault.Store);
        Assert.Contains("the schema public is no database of Mastra Memory: it has no table mastra_threads, mastra_messages, mastra_resources", fault.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_password_is_refused_and_not_repeated()
    {
        var wrong = new NpgsqlConnectionStringBuilder(await MadeByMastra.InPostgresAsync()) { Password = "hunter2-secret" }.ConnectionString;
        var fault = await FaultAsync(wrong, MadeByMastra.Schema);
        Assert.Contains("user name or password", fault.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_that_is_not_there_is_refused()
    {
        var none = new NpgsqlConnectionStringBuilder(await MadeByMastra.InPostgresAsync()) { Database = "no such database" }.ConnectionString;
        Assert.Contains("no database of that name", (await FaultAsync(none, "public")).Reason, StringComparison.Ordinal);
    }

    private protected override async Task<Records> ReadAsync() => await Records.OfAsync(MastraArchive.Open(await MadeByMastra.InPostgresAsync(), MadeByMastra.Schema));

    private static IEnumerable<string> WithoutTies(Records records) => records.Lines().Where(line => !line.Contains("untie-", StringComparison.Ordinal));

    private static Task<MemoryStoreException> FaultAsync(string source, string schema) => Assert.ThrowsAsync<MemoryStoreException>(() => Records.OfAsync(MastraArchive.Open(source, schema)));
}
