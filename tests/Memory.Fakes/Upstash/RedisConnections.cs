using System.Collections.Concurrent;

namespace Memory.Fakes;

/// <summary>Connections to one Redis, opened when they are needed and kept for the next who needs one.</summary>
/// <param name="address">HOST:PORT.</param>
/// <param name="database">The number of one of its databases.</param>
internal sealed class RedisConnections(string address, int database) : IDisposable
{
    private readonly ConcurrentBag<RedisConnection> idle = [];

    /// <summary>Sends commands over one connection, nobody else's in between on it.</summary>
    public async Task<IReadOnlyList<RedisReply>> SendAsync(IReadOnlyList<RedisCommand> commands)
    {
        if (commands.Count == 0)
        {
            return [];
        }

        var connection = await TakeAsync();
        try
        {
            var replies = await connection.SendAsync(commands);
            idle.Add(connection);
            return replies;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        while (idle.TryTake(out var connection))
        {
            connection.Dispose();
        }
    }

    private async Task<RedisConnection> TakeAsync()
    {
        while (idle.TryTake(out var connection))
        {
            if (!connection.IsClosed)
            {
                return connection;
            }

            connection.Dispose();
        }

        return await RedisConnection.OpenAsync(address, database);
    }
}
