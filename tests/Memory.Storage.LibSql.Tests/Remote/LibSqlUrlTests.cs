using Memory.Core;
using Xunit;

namespace Memory.Storage.LibSql.Tests;

public sealed class LibSqlUrlTests
{
    [Theory]
    [InlineData("libsql://name-org.turso.io", "https://name-org.turso.io/")]
    [InlineData("libsql://name-org.turso.io/", "https://name-org.turso.io/")]
    [InlineData("libsql://db.example:8443", "https://db.example:8443/")]
    [InlineData("https://db.example", "https://db.example/")]
    [InlineData("http://localhost:8080", "http://localhost:8080/")]
    [InlineData("http://127.0.0.1:8080/", "http://127.0.0.1:8080/")]
    [InlineData("http://name.localhost:8080", "http://name.localhost:8080/")]
    public void Servers_have_an_address(string url, string address) => Assert.Equal(address, LibSqlUrl.Parse(url).Server?.AbsoluteUri);

    [Theory]
    [InlineData("http://db.example", "anybody on the way could read")]
    [InlineData("libsql://db.example/?authToken=secret", "Memory:LibSql:AuthToken")]
    [InlineData("libsql://user:secret@db.example", "Memory:LibSql:AuthToken")]
    [InlineData("https://db.example/v2/pipeline", "the host alone")]
    [InlineData("postgres://db.example", "libsql://HOST")]
    [InlineData("memory.db", "file:PATH")]
    public void What_is_no_database_is_refused_with_what_to_write_and_without_secrets(string url, string says)
    {
        var fault = Assert.Throws<MemoryStoreException>(() => LibSqlUrl.Parse(url));
        Assert.Contains(says, fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("libsql://db.example", "https://db.example/", true)]
    [InlineData("libsql://db.example", "libsql://other.example", false)]
    [InlineData("libsql://db.example", "file:db.example", false)]
    public void Two_addresses_of_one_database_are_the_same(string one, string other, bool isSame) => Assert.Equal(isSame, LibSqlDatabase.IsSame(one, other));
}
