using System.Diagnostics;
using System.Runtime.InteropServices;
using Memory.Core;
using Microsoft.Data.Sqlite;

namespace Memory.Benchmarks.Load;

/// <summary>
/// The raw driver writing the same bytes with the same durability: one prepared insert of what a stored message consists of, worked out
/// beforehand; no thread to look up, no index but the primary key. A vector stands in its message's row. A transaction holds as many rows as a call has messages.
/// </summary>
internal sealed class BareInsertSubject(Corpus corpus, TemporaryFolder folder) : ISubject
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
    public string Name => Subjects.Bare;

    /// <inheritdoc/>
    public bool StaysWarm => true;

    /// <inheritdoc/>
    public async Task<Outcome?> RunAsync(Work work, CancellationToken cancellationToken)
    {
        if (work is not AppendWork { Callers: 1 } append)
        {
            return null;
        }

        // Preparing a batch needs no store; it is what the product does before it writes.
        var prepared = Enumerable.Range(0, append.Messages / append.Batch)
            .Select(call => new AppendMessages(null!, TimeProvider.System).Prepare("thread", CoreConversations.Request(corpus.Texts(call * append.Batch, append.Batch))).Messages)
            .ToList();
        var vectors = append.WithVectors
            ? (await HashEmbedder.Embedder.EmbedAsync(corpus.Texts(0, append.Messages), cancellationToken)).Select(vector => MemoryMarshal.AsBytes(vector.Span).ToArray()).ToList()
            : null;
        var file = folder.NewFile();
        try
        {
            return Write(file, prepared, vectors, append.Batch);
        }
        finally
        {
            TemporaryFolder.Remove(file);
        }
    }

    private static Outcome Write(string file, List<IReadOnlyList<NewMessage>> calls, List<byte[]>? vectors, int batch)
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

        long key = 0;
        var start = Stopwatch.GetTimestamp();
        foreach (var call in calls)
        {
            using var transaction = batch > 1 ? connection.BeginTransaction() : null;
            insert.Transaction = transaction;
            foreach (var message in call)
            {
                object?[] values =
                [
                    ++key, message.Role.Name(), message.CreatedAt.ToUnixMicroseconds(), message.Fingerprint, message.Terms, message.Id, message.Content.Json.Text,
                    vectors?[(int)key - 1],
                ];
                for (var i = 0; i < parameters.Length; i++)
                {
                    parameters[i].Value = values[i];
                }

                insert.ExecuteNonQuery();
            }

            transaction?.Commit();
        }

        return Outcome.Rate((int)key, Stopwatch.GetElapsedTime(start));
    }
}
