using Memory.Conformance;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>How tables and functions come to be, by whatever names.</summary>
public sealed class SchemaTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("Chat Memory", "App ", "Messages of \"Users\"")]
    [InlineData("select", "", "table")]
    [InlineData("it's {threads} and \\back", "100% 'sure' ", "$1 $$ {messages}")]
    [InlineData("schöne Gespräche", "", "Nachrichten 💬")]
    public async Task Any_legal_identifier_will_do(string schema, string prefix, string messages)
    {
        var options = await TestDatabase.OptionsAsync(options =>
        {
            options.Schema = $"{schema} {Guid.NewGuid():N}"[..33];
            options.TablePrefix = prefix;
            options.TableNames["messages"] = messages;
            options.TableNames["Vectors"] = "VECTORS";
        });
        await using (var database = PostgresDatabase.Open(options))
        {
            await UseAsync(database);
            Assert.Equal(3L, await CountAsync(options, $"{prefix}{messages}"));
            Assert.Equal(3L, await CountAsync(options, $"{prefix}VECTORS"));
        }

        await DropAsync(options);
    }

    [Fact]
    public async Task Two_prefixes_share_a_schema_and_nothing_else()
    {
        var first = await TestDatabase.OptionsAsync(options => options.TablePrefix = "one_");
        var second = new PostgresOptions { Url = first.Url, Schema = first.Schema, TablePrefix = "two_" };
        await using (var one = PostgresDatabase.Open(first))
        await using (var two = PostgresDatabase.Open(second))
        {
            await UseAsync(one);
            await UseAsync(two);
            await new PostgresMessageStore(one).DeleteThreadAsync("t", null, Token);

            Assert.NotNull(await new PostgresMessageStore(two).FindThreadAsync("t", Token));
        }

        await DropAsync(first);
    }

    [Fact]
    public async Task Ten_instances_that_start_at_once_make_the_schema_once()
    {
        var options = await TestDatabase.OptionsAsync();
        var databases = Enumerable.Range(0, 10).Select(_ => PostgresDatabase.Open(options)).ToList();

        await Task.WhenAll(databases.Select((database, number) => Task.Run(
            () => new AppendMessages(new PostgresMessageStore(database), TimeProvider.System).AppendAsync(Batch(database, $"t{number}"), Token), Token)));

        Assert.Equal((long)PostgresSchema.Current, await CountAsync(options, "schema_versions"));
        Assert.Equal(10L, await CountAsync(options, "threads"));
        foreach (var database in databases)
        {
            await database.DisposeAsync();
        }

        await DropAsync(options);
    }

    [Fact]
    public async Task A_role_that_may_not_create_works_with_what_an_administrator_made_from_the_printed_schema()
    {
        var options = await TestDatabase.OptionsAsync(options => options.CreateSchema = false);
        await TestDatabase.ExecuteAsync(options.Url, $"select pg_advisory_lock(hashtextextended('memory schema', 0)); {PostgresDatabase.SchemaScript(options)}");
        var role = $"app_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(options.Url, $"create role {role} login password 'p'; {Grants(options.Schema, role)}");
        options.Url = new NpgsqlConnectionStringBuilder(options.Url) { Username = role, Password = "p" }.ConnectionString;

        await using (var database = PostgresDatabase.Open(options))
        {
            await UseAsync(database);
            await new PostgresMessageStore(database).EraseResourceAsync("r", DateTimeOffset.UtcNow, Token);
        }

        var administrator = await TestDatabase.SharedAsync();
        await TestDatabase.ExecuteAsync(administrator, $"drop schema {PostgresNames.Quote(options.Schema)} cascade; drop owned by {role}; drop role {role}");
    }

    [Fact]
    public async Task Without_the_right_to_create_the_error_says_what_to_do()
    {
        var options = await TestDatabase.OptionsAsync();
        var role = $"app_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(options.Url, $"create role {role} login password 'p'");
        options.Url = new NpgsqlConnectionStringBuilder(options.Url) { Username = role, Password = "p" }.ConnectionString;
        await using var database = PostgresDatabase.Open(options);

        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(database).CheckAsync(Token));

        Assert.Contains("docs/postgres-schema.sql", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsTransient);
    }

    [Fact]
    public async Task Without_the_schema_and_the_wish_to_make_it_the_error_says_so()
    {
        await using var database = PostgresDatabase.Open(await TestDatabase.OptionsAsync(options => options.CreateSchema = false));

        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(database).CheckAsync(Token));

        Assert.Contains("CreateSchema is off", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_missing_extension_that_the_role_may_not_make_is_named_with_the_statement_and_azures_parameter()
    {
        var url = await TestDatabase.CreateAsync("memory_bare");
        var role = $"app_{Guid.NewGuid():N}";
        await TestDatabase.ExecuteAsync(url, $"create role {role} login password 'p'; create schema memory authorization {role}");
        await using (var database = PostgresDatabase.Open(new PostgresOptions { Url = new NpgsqlConnectionStringBuilder(url) { Username = role, Password = "p" }.ConnectionString }))
        {
            var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(database).CheckAsync(Token));

            Assert.Contains("create extension if not exists vector", fault.Message, StringComparison.Ordinal);
            Assert.Contains("azure.extensions", fault.Message, StringComparison.Ordinal);
        }

        await TestDatabase.ExecuteAsync(url, $"drop owned by {role}; drop role {role}");
    }

    [Fact]
    public async Task An_extension_that_another_program_makes_at_the_same_time_is_taken_as_it_is()
    {
        var url = await TestDatabase.CreateAsync("memory_raced");
        await using var other = new NpgsqlConnection(url);
        await other.OpenAsync(Token);
        await using var transaction = await other.BeginTransactionAsync(Token);
        await using (var create = new NpgsqlCommand("create extension vector", other, transaction))
        {
            await create.ExecuteNonQueryAsync(Token);
        }

        await using var database = PostgresDatabase.Open(new PostgresOptions { Url = url });
        var ready = Task.Run(() => new PostgresMessageStore(database).CheckAsync(Token), Token);
        while (await TestDatabase.ValueAsync<long>(url, "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
        {
            Assert.False(ready.IsCompleted); // it cannot be ready before the other has decided
            await Task.Delay(10, Token);
        }

        await transaction.CommitAsync(Token);
        await ready;

        await UseAsync(database);
    }

    [Theory]
    [InlineData(1, PartitionKey.None)]
    [InlineData(2, PartitionKey.None)]
    [InlineData(2, PartitionKey.Resource)]
    public async Task An_older_schema_becomes_a_current_one_and_keeps_what_it_has(int version, PartitionKey partitionBy)
    {
        var options = await TestDatabase.OptionsAsync(options => (options.PartitionBy, options.Partitions) = (partitionBy, 3));
        var schema = PostgresNames.Quote(options.Schema);
        var script = PostgresDatabase.SchemaScript(options);
        // One after another, as the program does it: the extension is everybody's.
        await TestDatabase.ExecuteAsync(options.Url, $"select pg_advisory_lock(hashtextextended('memory schema', 0)); {script[..script.IndexOf($"-- Version {version + 1}:", StringComparison.Ordinal)]}commit;");
        await TestDatabase.ExecuteAsync(
            options.Url,
            $"""
            insert into {schema}.resources (id, created_at) values ('r', now());
            insert into {schema}.threads (resource_key, id, created_at, updated_at, last_position, message_count, version, title)
            select key, 'old', now(), now(), 0, 0, 7, 'kept' from {schema}.resources
            """);
        var functions = $"select string_agg(oid::regprocedure::text || pg_get_function_result(oid), ' ' order by oid) from pg_proc where pronamespace = (select oid from pg_namespace where nspname = '{options.Schema}')";
        var before = await TestDatabase.ValueAsync<string>(options.Url, functions);
        await using (var database = PostgresDatabase.Open(options))
        {
            var store = new PostgresMessageStore(database);
            Assert.Equal(("kept", null), await store.FindThreadAsync("old", Token) is { } old ? (old.Title, old.TimeToLive) : default);
            await store.AppendAsync(Batch(database, "old") with { Embedded = Embedded(Vectors.At(0), Vectors.At(60), Vectors.At(90)) }, Token);
            await UseAsync(database);
            Assert.Equal(3, (await store.FindThreadAsync("old", Token))!.LastPosition); // it was there
        }

        // Instances of the program before are still running, and call what they know.
        Assert.StartsWith(before, await TestDatabase.ValueAsync<string>(options.Url, functions), StringComparison.Ordinal);
        Assert.Equal((long)PostgresSchema.Current, await CountAsync(options, "schema_versions"));
        await DropAsync(options);
    }

    [Fact]
    public async Task A_newer_schema_is_left_alone()
    {
        var options = await TestDatabase.OptionsAsync();
        await using (var database = PostgresDatabase.Open(options))
        {
            await new PostgresMessageStore(database).CheckAsync(Token);
        }

        await TestDatabase.ExecuteAsync(options.Url, $"insert into {PostgresNames.Quote(options.Schema)}.schema_versions values (99, now())");
        await using var older = PostgresDatabase.Open(options);
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => new PostgresMessageStore(older).CheckAsync(Token));

        Assert.Contains("99", fault.Message, StringComparison.Ordinal);
        await DropAsync(options);
    }

    [Fact]
    public async Task Dropping_tables_begins_anew_and_leaves_what_is_not_ours()
    {
        var options = await TestDatabase.OptionsAsync(options => options.TablePrefix = "mine_");
        await using (var database = PostgresDatabase.Open(options))
        {
            await UseAsync(database);
        }

        await TestDatabase.ExecuteAsync(options.Url, $"create table {PostgresNames.Quote(options.Schema)}.messages (theirs integer)");
        options.DropTables = true;
        await using (var database = PostgresDatabase.Open(options))
        {
            Assert.Null(await new PostgresMessageStore(database).FindThreadAsync("t", Token));
            await UseAsync(database);
        }

        Assert.Equal(0L, await CountAsync(options, "messages"));
        await DropAsync(options);
    }

    [Fact]
    public async Task Dimensions_that_the_embedder_does_not_have_are_refused_and_the_messages_are_kept()
    {
        var options = await TestDatabase.OptionsAsync(options => options.Dimensions = 4);
        await using (var database = PostgresDatabase.Open(options))
        {
            var store = new PostgresMessageStore(database);
            var appended = await store.AppendAsync(Batch(database, "t") with { Embedded = Embedded(Vectors.At(0), Vectors.At(1), Vectors.At(2)), EmbeddingDueAt = DateTimeOffset.UtcNow }, Token);
            var query = new SearchQuery { Scope = SearchScope.Thread("t"), Terms = ["text"], TopK = 1, Vector = new QueryVector(Vectors.Space, Vectors.At(0)) };

            Assert.Equal(3, appended.PendingEmbeddings);
            foreach (var call in (Func<Task>[])
            [
                () => new PostgresSearchIndex(database).SearchAsync(query, Token),
                () => new PostgresEmbeddingStore(database).PutAsync(Vectors.Space, [], DateTimeOffset.UtcNow, Token),
            ])
            {
                var refused = await Assert.ThrowsAsync<RefusedException>(call);
                Assert.Equal(ErrorCode.DimensionMismatch, refused.Code);
                Assert.Contains("Memory:Postgres:Dimensions is 4", refused.Message, StringComparison.Ordinal);
                Assert.Contains(Vectors.Space.ToString(), refused.Message, StringComparison.Ordinal);
            }
        }

        await DropAsync(options);
    }

    [Theory]
    [InlineData(VectorType.HalfVec, 4_000)]
    [InlineData(VectorType.HalfVec, 9_000)] // more than a page holds
    [InlineData(VectorType.Vector, 3_072)]
    public async Task Long_vectors_are_kept_and_found(VectorType type, int dimensions)
    {
        var options = await TestDatabase.OptionsAsync(options => options.VectorType = type);
        var space = new EmbeddingSpace("long", dimensions);
        await using (var database = PostgresDatabase.Open(options))
        {
            var store = new PostgresMessageStore(database);
            float[][] vectors = [.. Enumerable.Range(0, 3).Select(seed => Vectors.Random(seed, dimensions))];
            await store.AppendAsync(Batch(database, "t") with { Embedded = new EmbeddedTexts(space, [.. vectors.Select(vector => (ReadOnlyMemory<float>)vector)]) }, Token);
            var query = new SearchQuery { Scope = SearchScope.Resource("r"), Terms = [], TopK = 1, Vector = new QueryVector(space, vectors[1]) };

            var found = await new PostgresSearchIndex(database).SearchAsync(query, Token);

            Assert.Equal(2, found!.Hits[0].Position); // the resource is there
            Assert.Equal(1.0, found.Hits[0].Cosine!.Value, 1e-2); // found by its vector
        }

        await DropAsync(options);
    }

    [Fact]
    public async Task The_schema_in_the_documentation_is_the_one_that_is_made()
    {
        var file = Path.Combine(Repository(), "docs", "postgres-schema.sql");
        var script = PostgresDatabase.SchemaScript(new PostgresOptions());
        if (Environment.GetEnvironmentVariable("MEMORY_WRITE_SCHEMA") == "true")
        {
            await File.WriteAllTextAsync(file, script, Token); // for whoever changes the schema
        }

        Assert.Equal(await File.ReadAllTextAsync(file, Token), script);
    }

    // As the README has them.
    private static string Grants(string schema, string role)
    {
        var readme = File.ReadAllText(Path.Combine(Repository(), "README.md"));
        var block = readme[readme.IndexOf("grant usage on schema", StringComparison.Ordinal)..];
        return block[..block.IndexOf("```", StringComparison.Ordinal)]
            .Replace("schema memory", $"schema {PostgresNames.Quote(schema)}", StringComparison.Ordinal).Replace("to app", $"to {role}", StringComparison.Ordinal);
    }

    private static string Repository()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Memory.Functions.sln")))
        {
            folder = Path.GetDirectoryName(folder)!; // the build output is below the repository
        }

        return folder;
    }

    private static EmbeddedTexts Embedded(params float[][] vectors) => new(Vectors.Space, [.. vectors.Select(vector => (ReadOnlyMemory<float>)vector)]);

    private static AppendBatch Batch(PostgresDatabase database, string thread) =>
        new AppendMessages(new PostgresMessageStore(database), TimeProvider.System).Prepare(thread, new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(3) });

    /// <summary>Everything once.</summary>
    private static async Task UseAsync(PostgresDatabase database)
    {
        var (store, index, embeddings) = (new PostgresMessageStore(database), new PostgresSearchIndex(database), new PostgresEmbeddingStore(database));
        await store.AppendAsync(Batch(database, "t") with { Embedded = Embedded(Vectors.At(0), Vectors.At(60), Vectors.At(90)) }, Token);
        var filter = new MessageFilter { Roles = [MessageRole.User], From = DateTimeOffset.UnixEpoch, Metadata = [new MetadataCondition("a", null, [])] };
        foreach (var some in (MessageFilter?[])[null, filter])
        {
            var query = new SearchQuery { Scope = SearchScope.ResourceOf("t"), Terms = ["text"], Vector = new QueryVector(Vectors.Space, Vectors.At(50)), TopK = 3, Filter = some, CountPending = true };
            var found = await index.SearchAndReadAsync(query, new RecallWindow(2, 1, 1), Token);
            Assert.Equal(some is null ? 3 : 0, found?.Found.Hits.Count);
        }

        Assert.Empty(await embeddings.ClaimAsync(1, TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow, Token));
        var stored = await store.FindMessageAsync("t", "m1", Token);
        Assert.Equal(1, await embeddings.PutAsync(Vectors.Space, [new MessageVectors(MessageVersion.Of(stored!), Vectors.At(0))], DateTimeOffset.UtcNow, Token)); // just appended
        await store.CloneThreadAsync(new ThreadClone("t", "clone", "other", null, DateTimeOffset.UtcNow), Token);
        var archive = new PostgresArchive(database);
        await archive.PutResourceAsync(new ResourceRecord("other", DateTimeOffset.UtcNow), Token);
        var page = await archive.ReadAsync(new ArchiveRead("t", 0, 2, int.MaxValue, WithVectors: true), Token);
        Assert.True(page!.HasMore); // just appended
        var copy = Assert.Single(await archive.FindThreadsAsync(["t"], Token)).Thread with { Id = "copy", ResourceId = "other" };
        var piece = new ArchivePiece { Thread = copy, Messages = page.Messages, Space = page.Space, IsLast = true, Now = DateTimeOffset.UtcNow };
        Assert.Equal((2, 0), (await archive.WriteAsync(piece, Token)) is var outcome ? (outcome.Written, outcome.Pending) : default);
        Assert.Equal((2, 0L), await store.EraseResourceAsync("other", DateTimeOffset.UtcNow, Token) is var erased ? ((int)erased.Threads, erased.Leftovers) : default);
        var late = Batch(database, "late") with { ResourceId = "other", AcceptedAt = DateTimeOffset.UnixEpoch };
        Assert.Equal(ErrorCode.ResourceErased, (await Assert.ThrowsAsync<RefusedException>(() => store.AppendAsync(late, Token))).Code);
        Assert.Empty((await store.ListExpiredAsync(new ExpiryQuery(DateTimeOffset.UtcNow, TimeSpan.FromDays(1), 9, After: null), Token)).Items);
        Assert.Single((await store.ListResourcesAsync(new ResourceListing(9, Prefix: "r"), Token)).Items);
        var keys = new PostgresKeyStore(database);
        Assert.True(await keys.AddAsync(new AccessKey { Id = "k", Hash = new string('0', 64), Grant = AccessGrant.Everything, CreatedAt = DateTimeOffset.UtcNow }, Token));
        Assert.True(await keys.ExpireAsync("k", DateTimeOffset.UtcNow, Token));
        var operations = new PostgresOperationStore(database);
        await operations.AcceptAsync(Drafts.Operation("o", DateTimeOffset.UtcNow), Token);
        Assert.Single(await operations.ClaimAsync(1, TimeSpan.FromMinutes(1), DateTimeOffset.UtcNow, Token));
        Assert.True(await operations.RemoveAsync("o", Token));
        await new VectorIndexes(database).RunAsync(Token);
    }

    private static Task<long> CountAsync(PostgresOptions options, string table) =>
        TestDatabase.ValueAsync<long>(options.Url, $"select count(*) from {PostgresNames.Quote(options.Schema)}.{PostgresNames.Quote(table)}");

    private static Task DropAsync(PostgresOptions options) => TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
}
