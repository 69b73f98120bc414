using Memory.Core;

namespace Memory.Mastra.Tests;

public sealed class SourceTests
{
    [Theory]
    [InlineData("libsql://name.turso.io", "make a file first")]
    [InlineData("https://name.turso.io", "make a file first")]
    [InlineData("mysql://hunter2@host/db", "only a file or PostgreSQL")]
    [InlineData("", "is empty")]
    [InlineData("file:", "is empty")]
    [InlineData("postgres://user:hunter2@:99999999/db", "not understood")]
    [InlineData("postgres://user:hunter2@host/db?sslmode=sometimes", "not understood")]
    [InlineData("Host=h;Password=hunter2;Nonsense=1", "not understood")]
    [InlineData("Host=;Password=hunter2", "not understood")]
    public void A_source_that_is_not_understood_is_refused_without_repeating_it(string source, string reason)
    {
        var fault = Assert.Throws<FormatException>(() => MastraArchive.Open(source));
        Assert.Contains(reason, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_URL_is_read_with_its_escapes_and_options()
    {
        var address = PostgresAddress.Parse("postgres://us%40er:p%3Aw%2F@[::1]:6000/my%20db?sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20a%3Db&pool_max=3");
        Assert.Equal(("::1", 6000, "us@er", "p:w/", "my db"), (address.Host, address.Port, address.Username, address.Password, address.Database));
        Assert.Equal((Npgsql.SslMode.VerifyFull, "/ca.pem", "-c a=b", false), (address.SslMode, address.RootCertificate, address.Options, address.Pooling));
        Assert.Equal(Npgsql.SslMode.Require, PostgresAddress.Parse("postgres://h/db?sslmode=no-verify").SslMode);
        Assert.Equal(5432, PostgresAddress.Parse("postgres://h/db").Port);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_a_fault_that_may_pass()
    {
        var archive = MastraArchive.Open("postgres://user:hunter2@127.0.0.1:1/db");
        var fault = await Assert.ThrowsAsync<MemoryStoreException>(() => Records.OfAsync(archive));
        Assert.True(fault.IsTransient);
        Assert.Contains("cannot be reached", fault.Reason, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
    }
}
