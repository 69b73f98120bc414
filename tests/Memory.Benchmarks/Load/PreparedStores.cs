using Memory.Core;
using Microsoft.Data.Sqlite;

namespace Memory.Benchmarks.Load;

/// <summary>Databases filled once and used by many runs.</summary>
internal sealed class PreparedStores(ConversationWorks works, TemporaryFolder folder)
{
    private readonly Dictionary<(int Messages, bool WithVectors), string> files = [];

    /// <summary>A database of so many messages, closed and checkpointed, to be read only.</summary>
    public async Task<string> GetAsync(int messages, bool withVectors, CancellationToken cancellationToken)
    {
        if (files.TryGetValue((messages, withVectors), out var known))
        {
            return known;
        }

        var file = folder.NewFile();
        await using (var conversations = new CoreConversations(file, withVectors))
        {
            await works.FillAsync(conversations, messages, withVectors ? AppendBatch.MaxMessages : ConversationWorks.FillBatch, cancellationToken);
        }

        Checkpoint(file);
        return files[(messages, withVectors)] = file;
    }

    /// <summary>A copy that may be written to.</summary>
    public async Task<string> CopyAsync(int messages, CancellationToken cancellationToken)
    {
        var copy = folder.NewFile();
        File.Copy(await GetAsync(messages, withVectors: false, cancellationToken), copy);
        return copy;
    }

    /// <summary>Moves the write-ahead log into the database and returns the bytes both take.</summary>
    public static long Checkpoint(string file)
    {
        using (var connection = new SqliteConnection(new SqliteConnectionStringBuilder { DataSource = file, Pooling = false }.ToString()))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = "pragma wal_checkpoint(truncate)";
            command.ExecuteNonQuery();
        }

        var log = new FileInfo($"{file}-wal");
        return new FileInfo(file).Length + (log.Exists ? log.Length : 0);
    }
}
