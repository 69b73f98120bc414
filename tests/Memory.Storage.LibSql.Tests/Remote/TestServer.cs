using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using Flurl.Http;
using Memory.Conformance;
using Memory.Fakes;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

/// <summary>The libSQL servers that the test script started, with a database of one test's own.</summary>
internal static class TestServer
{
    private static readonly HttpClient Http = new(Handler()) { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>For every request of the tests.</summary>
    public static IFlurlClient Client { get; } = new FlurlClient(Http);

    /// <summary>A token that may only read.</summary>
    public static string Reader => Variable("MEMORY_TEST_SQLD_READER");

    /// <summary>Makes an empty database.</summary>
    /// <param name="guarded">On the server that asks for a token.</param>
    public static async Task<LibSqlOptions> CreateAsync(bool guarded = false)
    {
        var (address, admin) = guarded ? ("MEMORY_TEST_SQLD_AUTH", "MEMORY_TEST_SQLD_AUTH_ADMIN") : ("MEMORY_TEST_SQLD", "MEMORY_TEST_SQLD_ADMIN");
        var name = $"t{Guid.NewGuid():N}";
        using var made = await Http.PostAsJsonAsync($"http://{Variable(admin)}/v1/namespaces/{name}/create", new object());
        made.EnsureSuccessStatusCode();
        return new LibSqlOptions
        {
            Url = $"http://{name}.localhost:{Variable(address).Split(':')[1]}",
            AuthToken = guarded ? Variable("MEMORY_TEST_SQLD_TOKEN") : "",
            TimeoutSeconds = 30,
        };
    }

    /// <summary>Removes a database.</summary>
    public static async Task RemoveAsync(LibSqlOptions options)
    {
        var address = new Uri(options.Url);
        var admin = Variable(Variable("MEMORY_TEST_SQLD").EndsWith($":{address.Port}", StringComparison.Ordinal) ? "MEMORY_TEST_SQLD_ADMIN" : "MEMORY_TEST_SQLD_AUTH_ADMIN");
        using var removed = await Http.DeleteAsync($"http://{admin}/v1/namespaces/{address.Host.Split('.')[0]}");
    }

    /// <summary>A backend over an empty database.</summary>
    public static async Task<Backend> BackendAsync(bool guarded = false)
    {
        var options = await CreateAsync(guarded);
        return Over(Open(options), () => RemoveAsync(options));
    }

    /// <summary>Messages in one database and their vectors in another.</summary>
    public static async Task<Backend> SplitAsync()
    {
        var (vectors, release) = await VectorsAsync();
        return (await BackendAsync()).WithVectorsIn(vectors, release);
    }

    /// <summary>Vectors in an empty database.</summary>
    public static async Task<(LibSqlVectorIndex Index, Func<ValueTask> Release)> VectorsAsync()
    {
        var options = await CreateAsync();
        return (new LibSqlVectorIndex(Open(options)), async () => await RemoveAsync(options));
    }

    /// <summary>A backend over a database.</summary>
    public static Backend Over(LibSqlDatabase database, Func<Task> release) => new(
        new LibSqlMessageStore(database), new LibSqlSearchIndex(database), new LibSqlEmbeddingStore(database), new LibSqlOperationStore(database), async () => await release(),
        new LibSqlArchive(database), new LibSqlKeyStore(database));

    /// <summary>A server of one test's own.</summary>
    /// <param name="file">The file of its database; null for an empty one.</param>
    public static Task<SqldServer> StartAsync(string? file = null) => SqldServer.StartAsync(Variable("MEMORY_TEST_SQLD_PROGRAM"), file);

    /// <summary>The database of such a server, as options name it.</summary>
    public static LibSqlOptions OptionsOf(SqldServer server, int retries = 8) => new() { Url = server.Url.AbsoluteUri, Retries = retries };

    /// <summary>A database, as another instance of the service opens it.</summary>
    public static LibSqlDatabase Open(LibSqlOptions options) => LibSqlDatabase.Open(options, Client);

    /// <summary>The way to a server: the name of the host says which database is meant, and whatever it is, the server is here.</summary>
    public static SocketsHttpHandler Handler() => new()
    {
        ConnectCallback = async (context, token) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, token);
            return new NetworkStream(socket, ownsSocket: true);
        },
    };

    private static string Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : Environment.GetEnvironmentVariable("CI") == "true"
        ? throw new InvalidOperationException($"{name} is not set: run the tests with ./test.sh.")
        : Skip($"{name} is not set: ./test.sh starts libSQL's server.");

    private static string Skip(string reason)
    {
        Assert.Skip(reason);
        return reason;
    }
}
