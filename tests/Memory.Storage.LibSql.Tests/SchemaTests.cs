using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>What is in the file: an older one is brought up to date with what it holds, and of the erased only a hash is left.</summary>
public sealed class SchemaTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-libsql-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private string FilePath => Path.Combine(folder.FullName, "memory.db");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task A_file_of_the_version_before_times_to_live_goes_on()
    {
        using (var session = new SqliteSession(FilePath, 5))
        {
            session.Execute("create table schema_versions (version integer primary key, applied_at integer not null) strict");
            for (var version = 1; version <= 4; version++)
            {
                foreach (var statement in Schema.Versions[version - 1])
                {
                    session.Execute(statement);
                }

                session.Execute("insert into schema_versions (version, applied_at) values (?1, 0)", version);
            }

            session.Execute("insert into resources (key, id, created_at) values (7, 'r', 0)");
            session.Execute(
                "insert into threads (key, resource_key, id, created_at, updated_at, last_position, message_count, version, title) values (9, 7, 't', 0, ?1, 0, 0, 5, 'Old')", Now.ToUnixMicroseconds());
        }

        await using var database = Open();
        var store = new LibSqlMessageStore(database);
        var thread = await store.FindThreadAsync("t", Token);
        Assert.Equal(("Old", null, 5L), (thread!.Title, thread.TimeToLive, thread.Version)); // it was there
        var page = await store.ListExpiredAsync(new ExpiryQuery(Now.AddHours(1), TimeSpan.FromHours(1), 9, null), Token);
        Assert.Equal(["t"], (await store.ListExpiredAsync(new ExpiryQuery(Now.AddHours(1), TimeSpan.FromHours(1), 9, page.Next), Token)).Items.Select(item => item.Id));
        Assert.NotNull(await store.UpdateThreadAsync(thread with { TimeToLive = TimeSpan.FromMinutes(5) }, Token));
        Assert.True(await new LibSqlKeyStore(database).AddAsync(
            new AccessKey { Id = "a", Hash = Erasures.Mark("a"), Grant = AccessGrant.Everything, CreatedAt = Now }, Token));
    }

    [Fact]
    public async Task Of_the_erased_a_hash_and_a_time_are_left_and_nothing_else()
    {
        const string id = "somebody whose name is a secret";
        await using (var database = Open())
        {
            var store = new LibSqlMessageStore(database);
            var append = new AppendMessages(store, TimeProvider.System);
            await store.AppendAsync(append.Prepare($"thread of {id}", new AppendRequest { ResourceId = id, Messages = Drafts.Messages(2) }), Token);
            await new LibSqlOperationStore(database).AcceptAsync(Drafts.Operation($"operation of {id}", Now, $"thread of {id}", resourceId: null), Token);
            await store.EraseResourceAsync(id, Now, Token);
        }

        using (var session = new SqliteSession(FilePath, 5, mayCreate: false))
        {
            Assert.Equal([(Erasures.Mark(id), Now.ToUnixMicroseconds())], session.All("select mark, erased_at from erasures", row => (row.GetString(0), row.GetInt64(1))));
            foreach (var table in (string[])["resources", "threads", "messages", "operations", "words", "vectors", "pending_embeddings", "working_memory"])
            {
                Assert.Equal(0, session.Number($"select count(*) from {table}"));
            }
        }
    }

    private LibSqlDatabase Open() => LibSqlDatabase.Open(new LibSqlOptions { Url = $"file:{FilePath}" });
}
