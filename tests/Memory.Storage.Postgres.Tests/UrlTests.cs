using Xunit;

namespace Memory.Storage.Postgres.Tests;

public sealed class UrlTests
{
    [Theory]
    [InlineData("postgres://ada:secret@db.example:6543/app", "db.example", 6543, "ada", "secret", "app")]
    [InlineData("postgresql://ada:secret@db.example/app", "db.example", 5432, "ada", "secret", "app")]
    [InlineData("postgres://a%40da:p%2Fw%3A%40%23d%3F@db.example/my%20app", "db.example", 5432, "a@da", "p/w:@#d?", "my app")]
    [InlineData("postgres://ada@db.example/app", "db.example", 5432, "ada", null, "app")]
    [InlineData("postgres://ada:secret@db.example:6543", "db.example", 6543, "ada", "secret", null)]
    [InlineData("postgres://ada:secret@[::1]:6543/app", "::1", 6543, "ada", "secret", "app")]
    [InlineData("postgres://ada:pa@ss@db.example/app", "db.example", 5432, "ada", "pa@ss", "app")]
    [InlineData("postgres:///app?host=db.example&user=ada&password=secret", "db.example", 5432, "ada", "secret", "app")]
    [InlineData("Host=db.example;Port=6543;Username=ada;Password=secret;Database=app", "db.example", 6543, "ada", "secret", "app")]
    [InlineData("server=db.example;user id=ada;pwd=secret;database=app", "db.example", 5432, "ada", "secret", "app")]
    public void An_address_is_read_in_either_form(string text, string host, int port, string user, string? password, string? database)
    {
        var read = PostgresUrl.Parse(text);

        Assert.Equal((host, port, user, password, database), (read.Host, read.Port, read.Username, read.Password, read.Database));
    }

    [Theory]
    [InlineData("disable", Npgsql.SslMode.Disable)]
    [InlineData("require", Npgsql.SslMode.Require)]
    [InlineData("verify-ca", Npgsql.SslMode.VerifyCA)]
    [InlineData("verify-full", Npgsql.SslMode.VerifyFull)]
    public void Libpqs_ssl_modes_are_understood(string mode, Npgsql.SslMode expected) =>
        Assert.Equal(expected, PostgresUrl.Parse($"postgres://ada:secret@db.example/app?sslmode={mode}&application_name=my%20agent").SslMode);

    [Theory]
    [InlineData("")]
    [InlineData("postgres://")]
    [InlineData("postgres://ada:secret@/app")]
    [InlineData("postgres://ada:secret@db.example:port/app")]
    [InlineData("postgres://ada:secret@db.example/app?sslmode=sometimes")]
    [InlineData("postgres://ada:secret@db.example/app?nonsense=1")]
    [InlineData("mysql://ada:secret@db.example/app")]
    [InlineData("Host=db.example;Nonsense=1;Password=secret")]
    [InlineData("Username=ada;Password=secret")]
    public void What_is_no_address_is_refused_with_the_forms_there_are_and_without_the_password(string text)
    {
        var wrong = Assert.Throws<FormatException>(() => PostgresUrl.Parse(text));

        Assert.Contains("postgres://USER:PASSWORD@HOST:PORT/DATABASE", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", wrong.ToString(), StringComparison.Ordinal);
    }
}
