using System.Globalization;

namespace Memory.Fakes;

/// <summary>One of the numbered databases of a Redis that others use too: found empty, marked as taken, and emptied at the end.</summary>
public sealed class RedisDatabase : IAsyncDisposable
{
    private const string Mark = "taken-by", KeysPerStep = "1000";
    private readonly RedisConnection connection;

    private RedisDatabase(RedisConnection connection, int number) => (this.connection, Number) = (connection, number);

    /// <summary>Its number.</summary>
    public int Number { get; }

    /// <summary>Takes the first that is empty. Number 0, where everybody is who asks for none, is never taken.</summary>
    /// <param name="redis">The Redis, as HOST:PORT.</param>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public static async Task<RedisDatabase> TakeAsync(string redis)
    {
        for (var number = 1; ; number++)
        {
            var connection = await RedisConnection.OpenAsync(redis, number);
            var replies = await connection.SendAsync([RedisCommand.Of("SET", Mark, Environment.ProcessId.ToString(CultureInfo.InvariantCulture), "NX"), RedisCommand.Of("DBSIZE")]);
            var (isMarked, keys) = (replies[0].Kind == RedisReplyKind.Status, replies[1].Number);
            if (isMarked && keys == 1)
            {
                return new RedisDatabase(connection, number);
            }

            if (isMarked)
            {
                await connection.SendAsync([RedisCommand.Of("DEL", Mark)]);
            }

            connection.Dispose();
        }
    }

    /// <summary>The memory that its keys and what they hold take, in bytes.</summary>
    public async Task<long> BytesAsync()
    {
        var bytes = 0L;
        var cursor = "0";
        do
        {
            var step = (await connection.SendAsync([RedisCommand.Of("SCAN", cursor, "COUNT", KeysPerStep)]))[0];
            cursor = step.Items[0].Text;
            if (step.Items[1].Items is { Count: > 0 } keys)
            {
                bytes += (await connection.SendAsync([.. keys.Select(Usage)])).Sum(reply => reply.Number);
            }
        }
        while (cursor != "0");
        return bytes;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await connection.SendAsync([RedisCommand.Of("FLUSHDB")]);
        connection.Dispose();
    }

    // Of every element, not of a few samples.
    private static RedisCommand Usage(RedisReply key) => new([.. RedisCommand.Of("MEMORY", "USAGE").Arguments, key.Bytes, .. RedisCommand.Of("SAMPLES", "0").Arguments]);
}
