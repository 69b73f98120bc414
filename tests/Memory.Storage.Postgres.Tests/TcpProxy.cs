using System.Net;
using System.Net.Sockets;

namespace Memory.Storage.Postgres.Tests;

/// <summary>Stands between client and server on loopback, and cuts or holds what passes through.</summary>
internal sealed class TcpProxy : IDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly Lock gate = new();
    private readonly List<(Socket Client, Socket Server)> pairs = [];
    private readonly (string Host, int Port) target;
    private long cutAfter = long.MaxValue;

    public TcpProxy(string host, int port)
    {
        target = (host, port);
        listener.Start();
        Port = ((IPEndPoint)listener.LocalEndpoint).Port;
        _ = AcceptAsync();
    }

    public int Port { get; }

    /// <summary>How many connections were made through it.</summary>
    public int Connections { get; private set; }

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
                var client = await listener.AcceptSocketAsync(stop.Token);
                var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
                await server.ConnectAsync(target.Host, target.Port, stop.Token);
                lock (gate)
                {
                    pairs.Add((client, server));
                    Connections++;
                }

                _ = PumpAsync(client, server, fromServer: false);
                _ = PumpAsync(server, client, fromServer: true);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private async Task PumpAsync(Socket from, Socket to, bool fromServer)
    {
        var buffer = new byte[16_384];
        try
        {
            while (await from.ReceiveAsync(buffer, stop.Token) is > 0 and var read)
            {
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
