using System.Diagnostics;
using System.Runtime.InteropServices;
using Memory.Core;
using Microsoft.Data.Sqlite;

namespace Memory.Benchmarks.Load;

/// <summary>SQLite alone, on one connection.</summary>
internal sealed class SqliteInsert(TemporaryFolder folder) : IBareInsert
{
    private const string CreateTable = """
        create table messages (
            key integer primary key, role text not null, created_at integer not null, revision integer not null,
            fingerprint blob not null, terms blob, id text not null, name text, metadata text, content text
        ) strict
        """;

    private const string AddVectors = "alter table messages add column vectors blob";

    private const string Insert = """
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content)
        values ($key, $role, $createdAt, 1, $fingerprint, $terms, $id, null, null, $content)
        """;

    private const string InsertWithVectors =
        """
        insert into messages (key, role, created_at, revision, fingerprint, terms, id, name, metadata, content, vectors)
        values ($key, $role, $createdAt, 1, $fingerprint, $terms, $id, null, null, $content, $vectors)
        """;

    /// <inheritdoc/>
    public int MostCallers => 1; // there is one writer to a file

    /// <inheritdoc/>
    public Task<TimeSpan> WriteAsync(IReadOnlyList<BareRow[]> calls, bool withVectors, int callers, CancellationToken cancellationToken)
    {
        var vectors = calls.SelectMany(call => call).Select(row => MemoryMarshal.AsBytes(row.Vector.Span).ToArray()).ToList();
        var file = folder.NewFile();
        try
        {
            return Task.FromResult(Write(file, calls, withVectors ? vectors : null));
        }
        finally
        {
            TemporaryFolder.Remove(file);
        }
    }

    private static TimeSpan Write(string file, IReadOnlyList<BareRow[]> calls, List<byte[]>? vectors)
    {
        using var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString());
        connection.Open();
        string[] statements = ["pragma journal_mode = wal", "pragma synchronous = normal", "pragma wal_autocheckpoint = 4000", CreateTable];
        foreach (var statement in vectors is null ? statements : [.. statements, AddVectors])
        {
            using var command = connection.CreateCommand();
            command.CommandText = statement;
            command.ExecuteNonQuery();
        }

        using var insert = connection.CreateCommand();
        insert.CommandText = vectors is null ? Insert : InsertWithVectors;
        string[] names = ["$key", "$role", "$createdAt", "$fingerprint", "$terms", "$id", "$content", .. vectors is null ? Array.Empty<string>() : ["$vectors"]];
        SqliteParameter[] parameters = [.. names.Select(name => insert.Parameters.Add(new SqliteParameter { ParameterName = name }))];
        insert.Prepare();

        var start = Stopwatch.GetTimestamp();
        foreach (var call in calls)
        {
            using var transaction = call.Length > 1 ? connection.BeginTransaction() : null;
            insert.Transaction = transaction;
            foreach (var (key, message, _) in call)
            {
                object?[] values =
                [
                    (long)key, message.Role.Name(), message.CreatedAt.ToUnixMicroseconds(), message.Fingerprint, message.Terms, message.Id, message.Content.Json.Text, vectors?[key - 1],
                ];
                for (var i = 0; i < parameters.Length; i++)
                {
                    parameters[i].Value = values[i];
                }

                insert.ExecuteNonQuery();
            }

            transaction?.Commit();
        }

        return Stopwatch.GetElapsedTime(start);
    }
}
