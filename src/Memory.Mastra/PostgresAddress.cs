using Npgsql;

namespace Memory.Mastra;

/// <summary>Where a PostgreSQL database is: a URL as Mastra takes it, or a connection string of Npgsql's.</summary>
internal static class PostgresAddress
{
    public static bool IsOne(string source) => IsUrl(source) || source.Contains("Host=", StringComparison.OrdinalIgnoreCase) || source.Contains("Server=", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="FormatException">It cannot be read; the message repeats nothing of it.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string source)
    {
        try
        {
            var address = IsUrl(source) ? FromUrl(source) : new NpgsqlConnectionStringBuilder(source);
            address.Pooling = false; // one connection, once
            return string.IsNullOrEmpty(address.Host) ? throw new FormatException() : address;
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException or InvalidCastException)
        {
            throw new FormatException(
                "the database's address is not understood; write postgres://USER:PASSWORD@HOST:PORT/DATABASE with special characters percent-encoded, or Host=…;Username=…;Password=…;Database=…");
        }
    }

    private static bool IsUrl(string source) =>
        source.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || source.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase);

    private static NpgsqlConnectionStringBuilder FromUrl(string source)
    {
        var url = new Uri(source);
        var user = url.UserInfo.Split(':', 2);
        var address = new NpgsqlConnectionStringBuilder { Host = url.DnsSafeHost, Username = Decode(user[0]), Password = user.Length > 1 ? Decode(user[1]) : null };
        address.Port = url.Port > 0 ? url.Port : address.Port;
        address.Database = Decode(url.AbsolutePath.TrimStart('/'));
        foreach (var option in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = option.Split('=', 2) is [var key, var given] ? (Uri.UnescapeDataString(key), Uri.UnescapeDataString(given)) : (option, "");
            switch (name)
            {
                case "sslmode":
                    // The driver of Mastra's encrypts without a look at the certificate for these two, as libpq does.
                    address["SSL Mode"] = value is "no-verify" ? "Require" : value.Replace("-", "", StringComparison.Ordinal);
                    break;
                case "sslrootcert":
                    address.RootCertificate = value;
                    break;
                case "host":
                    address.Host = value; // a folder, where the server is behind a socket in it
                    break;
                case "options":
                    address.Options = value;
                    break;
                default:
                    break; // application_name, connect_timeout, pool sizes: nothing that decides which rows are read
            }
        }

        return address;
    }

    private static string? Decode(string text) => text.Length > 0 ? Uri.UnescapeDataString(text) : null;
}
