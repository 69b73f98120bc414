using System.Runtime.InteropServices;
using Memory.Fakes;
using Microsoft.Data.Sqlite;

namespace Memory.Server.Tests;

/// <summary>What a database file holds of vectors, read beside the server.</summary>
internal static class StoredVectors
{
    private const string Everything =
        """
        select m.content ->> '$', v.vectors, (select count(*) from pending_embeddings p where p.key = m.key)
        from messages m left join vectors v on v.key = m.key and v.space_key = (select max(key) from vector_spaces)
        where m.content is not null
        """;

    private const string Strays =
        """
        select (select count(*) from vectors where key not in (select key from messages where content is not null))
             + (select count(*) from pending_embeddings where key not in (select key from messages where content is not null))
        """;

    /// <summary>Waits until nothing is pending, then asserts that every message has exactly the vector of its text, and that there are no others.</summary>
    /// <returns>How many messages there are.</returns>
    public static async Task<int> VerifyAsync(TempFolder folder, int dimensions)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); Number(folder, "select count(*) from pending_embeddings") > 0; await Task.Delay(50, TestContext.Current.CancellationToken))
        {
            Assert.True(DateTime.UtcNow < deadline, "Messages still await their vectors.");
        }

        using var connection = Open(folder);
        using var command = connection.CreateCommand();
        command.CommandText = Everything;
        using var reader = command.ExecuteReader();
        var messages = 0;
        while (reader.Read())
        {
            messages++;
            var text = reader.GetString(0);
            Assert.False(reader.IsDBNull(1), $"'{text}' has no vector.");
            var stored = MemoryMarshal.Cast<byte, float>((byte[])reader.GetValue(1)).ToArray();
            Assert.Equal(dimensions, stored.Length);
            Assert.All(FakeVectors.Of(text, dimensions).Zip(stored), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
        }

        Assert.Equal(0, Number(folder, Strays));
        return messages;
    }

    /// <summary>One number from a file of the folder.</summary>
    public static long Number(TempFolder folder, string sql, string file = "memory.db")
    {
        using var connection = Open(folder, file);
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Constants of these tests.
        command.CommandText = sql;
#pragma warning restore CA2100
        return (long)command.ExecuteScalar()!; // a count
    }

    private static SqliteConnection Open(TempFolder folder, string file = "memory.db")
    {
        var connection = new SqliteConnection($"Data Source={folder.File(file)};Mode=ReadOnly;Pooling=False");
        connection.Open();
        return connection;
    }
}
