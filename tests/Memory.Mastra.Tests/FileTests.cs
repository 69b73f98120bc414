using System.Security.Cryptography;
using Memory.Core;

namespace Memory.Mastra.Tests;

public sealed class FileTests : MappingTests, IDisposable
{
    private readonly TempFolder folder = new();

    // Mastra's own listing of a file gives them in the order of insertion.
    private protected override IEnumerable<string> OrderOfTies => ["untie-z", "untie-m", "untie-a"];

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task A_file_that_is_read_stays_as_it_is()
    {
        var path = MadeByMastra.CopyTo(folder);
        var before = SHA256.HashData(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken));
        await Records.OfAsync(MastraArchive.Open(path));
        Assert.Equal(before, SHA256.HashData(await File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken)));
    }

    [Fact]
    public async Task A_file_that_Mastra_writes_meanwhile_is_read_as_it_was_at_the_beginning()
    {
        var path = MadeByMastra.CopyTo(folder);
        using var mastra = MadeByMastra.OpenFile(path);
        mastra.Execute("pragma journal_mode = wal; update mastra_threads set title = 'in the log' where id = 'ties'");
        var threads = 0;
        var title = "";
        await foreach (var record in MastraArchive.Open(path).ReadAsync(TestContext.Current.CancellationToken))
        {
            if (record is ArchivedThread { Thread: var thread })
            {
                mastra.Execute($"insert into mastra_threads select 'later ' || {threads++}, resourceId, title, metadata, createdAt, updatedAt from mastra_threads where id = 'ties'");
                title = thread.Id == "ties" ? thread.Title : title;
            }
        }

        Assert.Equal(135, threads);
        Assert.Equal("in the log", title);
    }

    [Theory]
    [InlineData("file:")]
    [InlineData("file://")]
    public async Task A_file_may_be_named_by_a_URL(string scheme)
    {
        var path = MadeByMastra.CopyTo(folder);
        Assert.NotEmpty((await Records.OfAsync(MastraArchive.Open(scheme + path))).All);
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_named()
    {
        var fault = await FaultAsync(folder.File("none.db"));
        Assert.Equal("mastra", fault.Store);
        Assert.Contains("there is no file", fault.Reason, StringComparison.Ordinal);
        Assert.Contains("none.db", fault.Reason, StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("none.db")));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_refused()
    {
        await File.WriteAllTextAsync(folder.File("notes.txt"), new string('x', 5000), TestContext.Current.CancellationToken);
        Assert.Contains("no SQLite database", (await FaultAsync(folder.File("notes.txt"))).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_something_else_is_refused_with_the_tables_it_lacks()
    {
        using (var other = MadeByMastra.OpenFile(folder.File("other.db")))
        {
            other.Execute("create table mastra_threads (id text primary key)");
        }

        var reason = (await FaultAsync(folder.File("other.db"))).Reason;
        Assert.Contains("it has no table mastra_messages, mastra_resources", reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_an_older_version_is_refused_with_the_columns_it_lacks()
    {
        var path = MadeByMastra.CopyTo(folder);
        using (var old = MadeByMastra.OpenFile(path))
        {
            old.Execute("drop index idx_messages_thread_resource_created_at; alter table mastra_messages drop column resourceId");
        }

        Assert.Contains("no mastra_messages.resourceId", (await FaultAsync(path)).Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_database_of_Mastra_without_any_rows_is_an_empty_archive()
    {
        var path = MadeByMastra.CopyTo(folder);
        using (var empty = MadeByMastra.OpenFile(path))
        {
            empty.Execute("delete from mastra_messages; delete from mastra_threads; delete from mastra_resources");
        }

        var records = await Records.OfAsync(MastraArchive.Open(path));
        Assert.Equal([new ArchiveEnd(0, 0)], records.All);
        Assert.Empty(records.Notes);
    }

    [Fact]
    public async Task Times_and_metadata_that_cannot_be_read_are_counted()
    {
        var path = MadeByMastra.CopyTo(folder);
        using (var odd = MadeByMastra.OpenFile(path))
        {
            odd.Execute("""
                update mastra_messages set createdAt = 'yesterday' where id = 'k1';
                update mastra_messages set createdAt = 1896080402500 where id = 'o1';
                update mastra_messages set createdAt = '2030-07-01 00:00:02' where id = 'o2';
                update mastra_threads set metadata = 'not json' where id = 'ties';
                update mastra_threads set metadata = '{"as": "text"}', title = 'a' || char(0) || 'b' where id = 'signals';
                drop table mastra_observational_memory; create table mastra_observational_memory (id text); insert into mastra_observational_memory values ('o');
                """);
        }

        var records = await Records.OfAsync(MastraArchive.Open(path));
        Assert.Equal(records.Thread("kitchen").Thread.CreatedAt, records.Message("kitchen", "k1").CreatedAt);
        Assert.Equal("2030-01-31T09:00:02.5Z", records.Message("old", "o1").CreatedAt.ToRfc3339());
        Assert.Equal("2030-07-01T00:00:02Z", records.Message("old", "o2").CreatedAt.ToRfc3339());
        Assert.Null(records.Thread("ties").Thread.Metadata);
        Assert.Equal("""{"as": "text"}""", records.Thread("signals").Thread.Metadata?.Text);
        Assert.Equal("a\uFFFDb", records.Thread("signals").Thread.Title);
        Assert.Equal((1, 1, 1, 1), (records.Notes[MastraNotes.TimesReplaced], records.Notes[MastraNotes.ThreadMetadata], records.Notes[MastraNotes.NulReplaced], records.Notes[MastraNotes.Observations]));
    }

    [Fact]
    public async Task A_large_file_is_read_row_by_row()
    {
        var path = MadeByMastra.CopyTo(folder);
        using (var large = MadeByMastra.OpenFile(path))
        {
            large.Execute("""
                insert into mastra_threads select 'large', 'zoe', '', null, '2031-01-01T00:00:00.000Z', '2031-01-01T00:00:00.000Z';
                with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)
                insert into mastra_messages (id, thread_id, content, role, type, createdAt, resourceId)
                select 'large-' || i, 'large', '{"format":2,"parts":[{"type":"text","text":"' || i || ' ' || hex(zeroblob(1000)) || '"}]}', 'user', 'v2', strftime('%Y-%m-%dT%H:%M:%fZ', 1925000000 + i, 'unixepoch'), 'zoe'
                from n;
                """);
        }

        long count = 0, most = 0;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        await foreach (var record in MastraArchive.Open(path).ReadAsync(TestContext.Current.CancellationToken))
        {
            if (record is ArchivedMessage { Message: { ThreadId: "large" } message })
            {
                Assert.Equal(++count, message.Position);
                if (count % 4000 == 0)
                {
                    most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
                }
            }
        }

        Assert.Equal(20_000, count);
        Assert.InRange(most, long.MinValue, 24 * 1024 * 1024); // the messages would take 80 MB; what other tests hold meanwhile is little
    }

    [Fact]
    public async Task Reading_can_be_cancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var record in MastraArchive.Open(MadeByMastra.CopyTo(folder)).ReadAsync(cancelled.Token))
            {
                Assert.NotNull(record);
                await cancelled.CancelAsync();
            }
        });
    }

    private protected override Task<Records> ReadAsync() =>
        Records.OfAsync(MastraArchive.Open(File.Exists(folder.File("mastra.db")) ? folder.File("mastra.db") : MadeByMastra.CopyTo(folder)));

    private static Task<MemoryStoreException> FaultAsync(string path) => Assert.ThrowsAsync<MemoryStoreException>(() => Records.OfAsync(MastraArchive.Open(path)));
}
