using Memory.Conformance;

namespace Memory.Storage.LibSql.Tests;

/// <summary>Backends of one test's own.</summary>
internal static class LibSqlBackends
{
    /// <summary>A database in a folder that goes with it.</summary>
    public static async Task<Backend> InFileAsync()
    {
        var folder = Directory.CreateTempSubdirectory("memory-libsql-").FullName;
        var database = await OpenAsync($"file:{Path.Combine(folder, "memory.db")}");
        return Over(database, async () =>
        {
            await database.DisposeAsync();
            Directory.Delete(folder, recursive: true);
        });
    }

    /// <summary>A database in memory.</summary>
    public static async Task<Backend> InMemoryAsync()
    {
        var database = await OpenAsync(":memory:");
        return Over(database, database.DisposeAsync);
    }

    /// <summary>Messages in one database and their vectors in another, both in memory.</summary>
    public static async Task<Backend> SplitAsync()
    {
        var vectors = await OpenAsync(":memory:");
        return (await InMemoryAsync()).WithVectorsIn(new LibSqlVectorIndex(vectors), vectors.DisposeAsync);
    }

    /// <summary>Vectors in memory.</summary>
    public static async Task<(LibSqlVectorIndex Index, Func<ValueTask> Release)> VectorsAsync()
    {
        var vectors = await OpenAsync(":memory:");
        return (new LibSqlVectorIndex(vectors), vectors.DisposeAsync);
    }

    private static Task<LibSqlDatabase> OpenAsync(string url) => Task.FromResult(LibSqlDatabase.Open(new LibSqlOptions { Url = url }));

    private static Backend Over(LibSqlDatabase database, Func<ValueTask> release) =>
        new(new LibSqlMessageStore(database), new LibSqlSearchIndex(database), new LibSqlEmbeddingStore(database), new LibSqlOperationStore(database), release,
            new LibSqlArchive(database), new LibSqlKeyStore(database));
}
