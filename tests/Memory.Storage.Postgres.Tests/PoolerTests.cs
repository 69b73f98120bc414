using Memory.Conformance;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>Behind PgBouncer in transaction mode, where no statement finds the session of the one before.</summary>
internal static class Pooler
{
    public static async Task<Backend> BackendAsync(VectorType type = VectorType.HalfVec)
    {
        var server = await TestDatabase.SharedAsync();
        var pooler = Environment.GetEnvironmentVariable("MEMORY_TEST_PGBOUNCER");
        Assert.SkipWhen(string.IsNullOrEmpty(pooler) && Environment.GetEnvironmentVariable("CI") != "true", "MEMORY_TEST_PGBOUNCER is not set: ./test.sh starts one.");
        var database = new Npgsql.NpgsqlConnectionStringBuilder(server).Database;
        return await TestDatabase.BackendAsync(options =>
        {
            options.Url = new Npgsql.NpgsqlConnectionStringBuilder(pooler) { Database = database }.ConnectionString;
            options.TransactionPooler = true;
            options.VectorType = type;
        });
    }
}

/// <summary>The suite through a pooler.</summary>
public sealed class MessageStorePoolerTests : MessageStoreConformance<PostgresMessageStore>
{
    protected override Task<Backend> CreateAsync() => Pooler.BackendAsync();
}

/// <summary>The suite through a pooler.</summary>
public sealed class SearchIndexPoolerTests : SearchIndexConformance<PostgresSearchIndex>
{
    protected override Task<Backend> CreateAsync() => Pooler.BackendAsync();
}

/// <summary>The suite through a pooler.</summary>
public sealed class EmbeddingStorePoolerTests : EmbeddingStoreConformance<PostgresEmbeddingStore>
{
    protected override Task<Backend> CreateAsync() => Pooler.BackendAsync(VectorType.Vector);
}

/// <summary>The suite through a pooler.</summary>
public sealed class OperationStorePoolerTests : OperationStoreConformance<PostgresOperationStore>
{
    protected override Task<Backend> CreateAsync() => Pooler.BackendAsync();
}

/// <summary>The suite through a pooler.</summary>
public sealed class ArchivePoolerTests : ArchiveConformance<PostgresArchive>
{
    protected override double VectorTolerance => 1e-3;

    protected override Task<Backend> CreateAsync() => Pooler.BackendAsync();
}
