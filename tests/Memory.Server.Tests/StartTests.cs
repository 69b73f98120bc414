using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Memory.Server.Tests;

public sealed class StartTests
{
    private const string Key = "Memory__Http__ApiKey=correct horse battery staple";

    [Fact]
    public async Task The_first_line_says_where_it_listens_and_what_it_stores_on_and_why()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder);
        Assert.Matches(@"Memory listens on http://127\.0\.0\.1:[0-9]+\. Storage: libsql, .+/memory\.db, because Memory:LibSql:Url is set\.", server.StartLine);
        Assert.Contains(folder.File("memory.db"), server.StartLine, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/ready"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/docs"));
    }

    [Theory]
    [InlineData("LIBSQL_URL=file:short/name.db", "short/name.db, because LIBSQL_URL is set")]
    [InlineData("Memory__LibSql__Url=file:./long.db", "long.db, because Memory:LibSql:Url is set")]
    [InlineData("Memory__LibSql__Url=:memory:", "libsql, :memory:, because")]
    [InlineData("Memory__Storage__Backend=LibSQL", "because Memory:Storage:Backend is set")]
    public async Task Storage_is_what_the_settings_say(string setting, string line)
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, setting);
        Assert.Contains(line, server.StartLine, StringComparison.Ordinal);
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task In_development_it_is_the_file_whatever_else_is_set()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, "ASPNETCORE_ENVIRONMENT=Development", "DATABASE_URL=postgres://localhost/x");
        Assert.Contains("because the environment is Development", server.StartLine, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--urls=http://0.0.0.0:0")]
    [InlineData("--urls=http://127.0.0.1:0;http://0.0.0.0:0")]
    [InlineData("ASPNETCORE_URLS=http://*:0")]
    [InlineData("ASPNETCORE_URLS=http://+:0")]
    [InlineData("ASPNETCORE_URLS=http://[::]:0")]
    [InlineData("ASPNETCORE_URLS=http://memory.example:0")]
    [InlineData("ASPNETCORE_HTTP_PORTS=0")]
    [InlineData("Kestrel__Endpoints__Web__Url=http://0.0.0.0:0")]
    public async Task Beyond_loopback_it_does_not_start_without_a_key(string address)
    {
        using var folder = new TempFolder();
        var (code, output) = await ServerProcess.RunToEndAsync(folder, address);
        Assert.Equal(1, code);
        Assert.Matches(@"^The server cannot start: http://\S+ can be reached from other machines, and requests need no credentials\. Set Memory__Http__ApiKey, or Memory__Http__RequireAuthentication=True and make keys with .memory keys create., or Memory__Http__Jwt__Authority; or listen on http://127\.0\.0\.1:8080\.$", output.Trim());
    }

    [Theory]
    [InlineData("Memory__Http__RequireAuthentication=True")]
    [InlineData("Memory__Http__Tokens__SigningKey=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public async Task Beyond_loopback_it_starts_where_credentials_are_asked_for(string setting)
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, "--urls=http://0.0.0.0:0", setting);
        Assert.Equal(HttpStatusCode.Unauthorized, (await server.Client.GetAsync(new Uri("/v1/resources", UriKind.Relative), TestContext.Current.CancellationToken)).StatusCode);
    }

    [Theory]
    [InlineData("Memory__Http__ApiKey=short", "Memory:Http:ApiKey")]
    [InlineData("Memory__Http__Jwt__Authority=http://login.example", "Memory:Http:Jwt:Authority")]
    [InlineData("Memory__Http__Jwt__Authority=https://login.example", "Memory:Http:Jwt:Audience")]
    [InlineData("Memory__Http__Tokens__SigningKey=c2hvcnQ=", "Memory:Http:Tokens:SigningKey")]
    [InlineData("Memory__Http__Tokens__MaxSeconds=0", "MaxSeconds")]
    [InlineData("Memory__Http__Limits__ConcurrentRequests=0", "ConcurrentRequests")]
    [InlineData("Memory__Http__KeyCacheSeconds=-1", "KeyCacheSeconds")]
    [InlineData("Memory__Retention__ThreadDays=-1", "ThreadDays")]
    public async Task A_wrong_setting_of_who_may_see_what_stops_the_start_and_is_named(string setting, string named)
    {
        using var folder = new TempFolder();
        var (code, output) = await ServerProcess.RunToEndAsync(folder, setting);
        Assert.Equal(1, code);
        Assert.Contains(named, output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Beyond_loopback_it_starts_with_a_key()
    {
        using var folder = new TempFolder();
        await using var server = await ServerProcess.StartAsync(folder, "--urls=http://0.0.0.0:0", Key);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server, "/v1/resources"));
        server.Client.DefaultRequestHeaders.Add("x-api-key", "correct horse battery staple");
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/v1/resources"));
    }

    [Fact]
    public async Task Ports_alone_are_enough_with_a_key()
    {
        using var folder = new TempFolder();
        var port = FreePort();
        await using var server = await ServerProcess.StartAsync(folder, $"ASPNETCORE_HTTP_PORTS={port}", Key);
        Assert.Contains(port.ToString(CultureInfo.InvariantCulture), server.StartLine, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server, "/health/live"));
    }

    [Fact]
    public async Task A_port_that_is_taken_ends_the_start_in_one_line()
    {
        using var folder = new TempFolder();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        var (code, output) = await ServerProcess.RunToEndAsync(folder, $"--urls={address}");
        Assert.Equal(1, code);
        ConfigurationTests.AssertOneLine(output, address);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task<HttpStatusCode> StatusAsync(ServerProcess server, string path)
    {
        using var response = await server.Client.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        return response.StatusCode;
    }
}
