namespace Memory.Server.Tests;

public sealed class ConfigurationTests
{
    [Theory]
    [InlineData("Memory__Storage__Backend=oracle", "Memory:Storage:Backend")]
    [InlineData("Memory__Storage__Backend=postgres", "DATABASE_URL")]
    [InlineData("DATABASE_URL=mysql://localhost/x", "DATABASE_URL")]
    [InlineData("DATABASE_URL=postgres://127.0.0.1:1/x", "cannot be reached")]
    [InlineData("UPSTASH_REDIS_REST_URL=https://x.example", "UPSTASH_REDIS_REST_TOKEN")]
    [InlineData("UPSTASH_REDIS_REST_URL=redis://x.example", "Memory:Upstash:Url")]
    [InlineData("Memory__Storage__Backend=upstash", "UPSTASH_REDIS_REST_URL")]
    [InlineData("WEBSITE_INSTANCE_ID=1", "LIBSQL_URL")]
    [InlineData("Memory__Vectors__Backend=oracle", "Memory__Vectors__Backend")]
    [InlineData("Memory__Vectors__Backend=postgres", "Memory:Postgres:VectorUrl")]
    [InlineData("Memory__LibSql__VectorUrl=vectors.db", "VectorUrl")]
    [InlineData("Memory__LibSql__Url=http://x.example", "Memory:LibSql:Url")]
    [InlineData("LIBSQL_URL=libsql://x.example/?authToken=x", "Memory:LibSql:AuthToken")]
    [InlineData("LIBSQL_AUTH_TOKEN=two words", "LIBSQL_AUTH_TOKEN")]
    [InlineData("Memory__LibSql__PageSize=1000", "Memory:LibSql:PageSize")]
    [InlineData("Memory__LibSql__TimeoutSeconds=0", "TimeoutSeconds")]
    [InlineData("Memory__LibSql__Retries=-1", "Retries")]
    [InlineData("Memory__LibSql__Url=memory.db", "Memory:LibSql:Url")]
    [InlineData("Memory__LibSql__Url=file:", "Memory:LibSql:Url")]
    [InlineData("Memory__LibSql__Url=file://host/share/memory.db", "Memory:LibSql:Url")]
    [InlineData("Memory__LibSql__Url=", "Url")]
    [InlineData("Memory__LibSql__Synchronous=Sometimes", "Memory:LibSql:Synchronous")]
    [InlineData("Memory__LibSql__Synchronous=7", "Synchronous")]
    [InlineData("Memory__LibSql__IndexCacheMegabytes=-1", "IndexCacheMegabytes")]
    [InlineData("Memory__LibSql__IndexCacheMegabytes=lots", "Memory:LibSql:IndexCacheMegabytes")]
    [InlineData("Memory__LibSql__BusyTimeoutSeconds=-1", "BusyTimeoutSeconds")]
    [InlineData("Memory__LibSql__BusyTimeoutSeconds=601", "BusyTimeoutSeconds")]
    [InlineData("Memory__Recall__LastMessages=1001", "LastMessages")]
    [InlineData("Memory__Recall__TopK=-1", "TopK")]
    [InlineData("Memory__Recall__MessageRange=51", "MessageRange")]
    [InlineData("Memory__Operations__MaxAttempts=0", "MaxAttempts")]
    [InlineData("Memory__Operations__LeaseSeconds=0", "LeaseSeconds")]
    [InlineData("Memory__Operations__SweepSeconds=0", "SweepSeconds")]
    [InlineData("Memory__Operations__SweepSeconds=NaN", "SweepSeconds")]
    [InlineData("Memory__Operations__RetentionHours=8761", "RetentionHours")]
    [InlineData("Memory__Http__ApiKey=too short", "Memory:Http:ApiKey")]
    [InlineData("ASPNETCORE_URLS=nonsense", "nonsense")]
    [InlineData("ASPNETCORE_URLS=http://127.0.0.1:port", "http://127.0.0.1:port")]
    [InlineData("ASPNETCORE_URLS=https://127.0.0.1:0", "HTTPS")]
    public async Task A_wrong_value_ends_the_start_with_one_line_that_names_it(string setting, string named)
    {
        using var folder = new TempFolder();
        var (code, output) = await ServerProcess.RunToEndAsync(folder, setting);
        Assert.True(code == 1, $"Exit code {code}: {output}");
        AssertOneLine(output, named);
    }

    [Fact]
    public async Task An_address_of_another_machine_ends_the_start_in_one_line()
    {
        using var folder = new TempFolder();
        var (code, output) = await ServerProcess.RunToEndAsync(folder, "--urls=http://203.0.113.1:8080", "Memory__Http__ApiKey=correct horse battery staple"); // TEST-NET-3: nobody's
        Assert.True(code == 1, $"Exit code {code}: {output}");
        AssertOneLine(output, "203.0.113.1");
    }

    [Fact]
    public async Task A_settings_file_that_is_not_json_ends_the_start_in_one_line()
    {
        using var folder = new TempFolder();
        await File.WriteAllTextAsync(folder.File("appsettings.json"), "{ \"Memory\": ", TestContext.Current.CancellationToken);
        var (code, output) = await ServerProcess.RunToEndAsync(folder);
        Assert.True(code == 1, $"Exit code {code}: {output}");
        AssertOneLine(output, "appsettings.json");
    }

    /// <summary>Asserts that a failed start said one line, with this in it.</summary>
    internal static void AssertOneLine(string output, string named)
    {
        Assert.StartsWith("The server cannot start: ", output, StringComparison.Ordinal);
        Assert.Contains(named, output, StringComparison.Ordinal);
        Assert.Single(output.Trim().Split('\n'));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }
}
