using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Makes a file's tables on a server, and brings older ones up to date; once among all instances that begin together.</summary>
internal static class RemoteSchema
{
    private const string Operation = "prepare the database";
    private const string Table = "create table if not exists schema_versions (version integer primary key, applied_at integer not null) strict";
    private const string HasTable = "select count(*) from sqlite_schema where name = 'schema_versions'";
    private const string Newest = "select coalesce(max(version), 0) from schema_versions";
    private const string Note = "insert into schema_versions (version, applied_at) values (?1, ?2)";

    /// <summary>Brings the database to the current version.</summary>
    /// <exception cref="MemoryStoreException">It was written by a newer version of the product, or the server failed.</exception>
    public static async Task MigrateAsync(HranaClient client, DateTimeOffset now, CancellationToken cancellationToken)
    {
        int from;
        do
        {
            from = await VersionAsync(client, cancellationToken);
            if (from > Schema.Versions.Count)
            {
                throw new MemoryStoreException(Faults.Store, Operation, false,
                    $"the database has schema version {from}, and this program knows versions up to {Schema.Versions.Count}; use a newer program");
            }
        }
        while (from < Schema.Versions.Count && !await MigrateAsync(client, from, now, cancellationToken));
    }

    /// <summary>The version that is there; 0 for a database without a schema.</summary>
    public static async Task<int> VersionAsync(HranaClient client, CancellationToken cancellationToken)
    {
        var look = Batch.Read(Operation);
        look.Add(HasTable);
        if (await client.RunAsync(look, result => result.Number(0), cancellationToken) == 0)
        {
            return 0;
        }

        var read = Batch.Read(Operation);
        read.Add(Newest);
        return await client.RunAsync(read, result => (int)result.Number(0)!.Value, cancellationToken); // an aggregate always has a row
    }

    /// <returns>False when another instance was faster.</returns>
    private static async Task<bool> MigrateAsync(HranaClient client, int from, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var batch = Batch.Write(Operation);
        batch.Add(Table);
        batch.Require($"({Newest}) = ?1", from);
        for (var version = from + 1; version <= Schema.Versions.Count; version++)
        {
            foreach (var statement in Schema.Versions[version - 1])
            {
                batch.Add(statement);
            }

            batch.Add(Note, version, now.ToUnixMicroseconds());
        }

        batch.Add(WordIndex.BeginComplete);
        return await client.RunAsync(batch, result => result.Stopped is null, cancellationToken);
    }
}
