using Memory.Conformance;

namespace Memory.Storage.Postgres.Tests;

/// <summary>The suite over tables partitioned by resource.</summary>
public sealed class MessageStoreByResourceTests : MessageStoreConformance<PostgresMessageStore>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions) = (PartitionKey.Resource, 4));
}

/// <summary>The suite over tables partitioned by thread.</summary>
public sealed class MessageStoreByThreadTests : MessageStoreConformance<PostgresMessageStore>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions) = (PartitionKey.Thread, 4));
}

/// <summary>The suite over tables partitioned by resource.</summary>
public sealed class SearchIndexByResourceTests : SearchIndexConformance<PostgresSearchIndex>
{
    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions) = (PartitionKey.Resource, 4));
}

/// <summary>The suite over tables partitioned by thread.</summary>
public sealed class EmbeddingStoreByThreadTests : EmbeddingStoreConformance<PostgresEmbeddingStore>
{
    protected override Task<Backend> CreateAsync() =>
        TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions, options.VectorType) = (PartitionKey.Thread, 4, VectorType.Vector));
}

/// <summary>The suite over tables partitioned by resource.</summary>
public sealed class ArchiveByResourceTests : ArchiveConformance<PostgresArchive>
{
    protected override double VectorTolerance => 1e-3;

    protected override Task<Backend> CreateAsync() => TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions) = (PartitionKey.Resource, 4));
}

/// <summary>The suite over tables partitioned by thread.</summary>
public sealed class ArchiveByThreadTests : ArchiveConformance<PostgresArchive>
{
    protected override Task<Backend> CreateAsync() =>
        TestDatabase.BackendAsync(options => (options.PartitionBy, options.Partitions, options.VectorType) = (PartitionKey.Thread, 4, VectorType.Vector));
}
