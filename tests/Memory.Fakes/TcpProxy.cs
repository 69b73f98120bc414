using System.Net;
using System.Net.Sockets;

namespace Memory.Fakes;

/// <summary>Stands between client and server on loopback, and cuts or holds up what passes through.</summary>
public sealed class TcpProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<(Socket Client, Socket Server)> pairs = [];
    private readonly (string Host, int Port) target;
    private long cutAfter = long.MaxValue;
    private long delayTicks;

    /// <summary>Begins to listen on a free port.</summary>
    /// <param name="host">The server's.</param>
    /// <param name="port">The server's.</param>
    public TcpProxy(string host, int port)
    {
        target = (host, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    /// <summary>Where it listens.</summary>
    public int Port { get; }

    /// <summary>How many connections were made through it.</summary>
    public int Connections { get; private set; }

    /// <summary>How long everything that passes through is held up, on its way there and on its way back.</summary>
    public TimeSpan Delay
    {
        get => TimeSpan.FromTicks(Volatile.Read(ref delayTicks));
        set => Volatile.Write(ref delayTicks, value.Ticks);
    }

    /// <summary>Cuts every connection there is, without a word to either side.</summary>
    public void Cut()
    {
        lock (gate)
        {
            foreach (var (client, server) in pairs)
            {
                client.Close(0);
                server.Close(0);
            }

            pairs.Clear();
        }
    }

    /// <summary>Cuts a connection once this many more bytes came from the server: in the middle of an answer.</summary>
    public void CutAfter(long bytes) => Volatile.Write(ref cutAfter, bytes);

    /// <inheritdoc/>
    public void Dispose()
    {
        stop.Cancel();
        listener.Stop();
        Cut();
        stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _ = JoinAsync(await listener.AcceptSocketAsync(stop.Token));
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task JoinAsync(Socket client)
    {
        var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(target.Host, target.Port, stop.Token);
        }
        catch (Exception exception) when (exception is SocketException or OperationCanceledException)
        {
            client.Close(0); // the server is away, which is all that the client may know
            server.Close(0);
            return;
        }

        lock (gate)
        {
            pairs.Add((client, server));
            Connections++;
        }

        _ = PumpAsync(client, server, fromServer: false);
        _ = PumpAsync(server, client, fromServer: true);
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[16_384];
        try
        {
            while (await from.ReceiveAsync(buffer, stop.Token) is > 0 and var read)
            {
                if (Delay > TimeSpan.Zero)
                {
                    await Task.Delay(Delay, stop.Token);
                }

                if (fromServer && Interlocked.Add(ref cutAfter, -read) <= 0)
                {
                    Volatile.Write(ref cutAfter, long.MaxValue);
                    return;
                }

                for (var sent = 0; sent < read;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), stop.Token);
                }
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // Cut.
        }
        finally
        {
            from.Close(0);
            to.Close(0);
        }
    }
}
