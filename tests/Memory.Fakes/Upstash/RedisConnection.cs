using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Memory.Fakes;

/// <summary>A connection to Redis, for one caller at a time.</summary>
internal sealed class RedisConnection : IDisposable
{
    private readonly Socket socket;
    private readonly NetworkStream stream;
    private readonly byte[] buffer = new byte[65_536];
    private int start;
    private int end;

    private RedisConnection(Socket socket) => (this.socket, stream) = (socket, new NetworkStream(socket));

    /// <summary>Whether the server has closed it meanwhile.</summary>
    public bool IsClosed => socket.Poll(0, SelectMode.SelectRead) && socket.Available == 0;

    /// <summary>Connects.</summary>
    /// <param name="address">HOST:PORT.</param>
    /// <param name="database">The number of one of Redis's databases.</param>
    /// <exception cref="InvalidOperationException">There is no such database.</exception>
    public static async Task<RedisConnection> OpenAsync(string address, int database)
    {
        Socket socket = new(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var colon = address.LastIndexOf(':');
            await socket.ConnectAsync(address[..colon], int.Parse(address[(colon + 1)..], CultureInfo.InvariantCulture));
            RedisConnection connection = new(socket);
            return database == 0 || (await connection.SendAsync([RedisCommand.Of("SELECT", database.ToString(CultureInfo.InvariantCulture))]))[0] is { IsError: false }
                ? connection
                : throw new InvalidOperationException($"The Redis at {address} has no database {database}.");
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends commands at once and reads as many replies.</summary>
    public async Task<IReadOnlyList<RedisReply>> SendAsync(IReadOnlyList<RedisCommand> commands)
    {
        var sending = WriteAsync(commands);
        List<RedisReply> replies = [];
        while (replies.Count < commands.Count)
        {
            // Read while commands are still being sent: Redis stops reading when nobody takes its replies.
            replies.Add(await ReadAsync());
        }

        await sending;
        return replies;
    }

    public void Dispose()
    {
        stream.Dispose();
        socket.Dispose();
    }

    private async Task WriteAsync(IReadOnlyList<RedisCommand> commands)
    {
        using MemoryStream bytes = new();
        foreach (var command in commands)
        {
            Line('*', command.Arguments.Count);
            foreach (var argument in command.Arguments)
            {
                Line('$', argument.Length);
                bytes.Write(argument);
                bytes.Write("\r\n"u8);
            }
        }

        await stream.WriteAsync(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));

        void Line(char kind, int length) => bytes.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{kind}{length}\r\n")));
    }

    private async Task<RedisReply> ReadAsync()
    {
        var line = await ReadLineAsync();
        var rest = line[1..];
        switch ((char)line[0])
        {
            case '+':
                return new RedisReply { Kind = RedisReplyKind.Status, Bytes = rest };
            case '-':
                return new RedisReply { Kind = RedisReplyKind.Error, Bytes = rest };
            case ':':
                return RedisReply.Integer(Number(rest));
            case '$' when Number(rest) is >= 0 and var length:
                var bytes = await ReadBytesAsync((int)length);
                await ReadLineAsync();
                return RedisReply.String(bytes);
            case '*' when Number(rest) is >= 0 and var count:
                List<RedisReply> items = [];
                while (items.Count < count)
                {
                    items.Add(await ReadAsync());
                }

                return RedisReply.Array(items);
            case '$' or '*':
                return RedisReply.Null;
            default:
                throw new IOException($"Redis answered {Encoding.UTF8.GetString(line)}.");
        }
    }

    private async Task<byte[]> ReadLineAsync()
    {
        List<byte> line = [];
        while (true)
        {
            if (start == end)
            {
                await FillAsync();
            }

            var newline = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            var taken = newline < 0 ? end - start : newline + 1;
            line.AddRange(buffer.AsSpan(start, taken));
            start += taken;
            if (newline >= 0)
            {
                return [.. line[..^2]];
            }
        }
    }

    private async Task<byte[]> ReadBytesAsync(int length)
    {
        var bytes = new byte[length];
        var buffered = Math.Min(length, end - start);
        buffer.AsSpan(start, buffered).CopyTo(bytes);
        start += buffered;
        await stream.ReadExactlyAsync(bytes.AsMemory(buffered));
        return bytes;
    }

    private async Task FillAsync() => (start, end) = await stream.ReadAsync(buffer) is > 0 and var read ? (0, read) : throw new IOException("Redis closed the connection.");

    private static long Number(byte[] text) => long.Parse(text, CultureInfo.InvariantCulture);
}
