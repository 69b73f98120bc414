using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Reads where the database is and how to get there.</summary>
internal static class PostgresUrl
{
    // libpq's names, as they stand behind the question mark of a URL.
    private static readonly Dictionary<string, string> Parameters = new(StringComparer.Ordinal)
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["sslcert"] = "SSL Certificate",
        ["sslkey"] = "SSL Key",
        ["sslpassword"] = "SSL Password",
        ["channel_binding"] = "Channel Binding",
        ["application_name"] = "Application Name",
        ["connect_timeout"] = "Timeout",
        ["target_session_attrs"] = "Target Session Attributes",
        ["options"] = "Options",
        ["gssencmode"] = "GSS Encryption Mode",
        ["user"] = "Username",
        ["password"] = "Password",
        ["host"] = "Host",
        ["port"] = "Port",
        ["dbname"] = "Database",
    };

    /// <summary>Reads a <c>postgres://</c> or <c>postgresql://</c> URL, or an Npgsql connection string.</summary>
    /// <exception cref="FormatException">It is neither, with what to write; never with a password in it.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            return text.StartsWith("postgres://", StringComparison.OrdinalIgnoreCase) || text.StartsWith("postgresql://", StringComparison.OrdinalIgnoreCase)
                ? FromUrl(text)
                : Checked(new NpgsqlConnectionStringBuilder(text));
        }
        catch (Exception exception) when (exception is ArgumentException or UriFormatException or FormatException or InvalidCastException)
        {
            throw new FormatException(
                "the database's address is not understood; write postgres://USER:PASSWORD@HOST:PORT/DATABASE with special characters percent-encoded, or Host=…;Username=…;Password=…;Database=…"
                + (exception is FormatException { InnerException: null } named ? $" ({named.Message})" : ""));
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(string text)
    {
        var rest = text[(text.IndexOf("://", StringComparison.Ordinal) + 3)..];
        var query = rest.IndexOf('?', StringComparison.Ordinal);
        var (place, options) = query < 0 ? (rest, "") : (rest[..query], rest[(query + 1)..]);
        var slash = place.IndexOf('/', StringComparison.Ordinal);
        var (authority, database) = slash < 0 ? (place, "") : (place[..slash], place[(slash + 1)..]);
        var at = authority.LastIndexOf('@');
        var builder = new NpgsqlConnectionStringBuilder();
        if (at >= 0)
        {
            var user = authority[..at].Split(':', 2);
            builder.Username = Uri.UnescapeDataString(user[0]);
            builder.Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null;
        }

        if (authority[(at + 1)..] is { Length: > 0 } hosts)
        {
            builder.Host = Uri.UnescapeDataString(hosts); // several with commas and their ports, as Npgsql writes them too
            if (!hosts.Contains(',', StringComparison.Ordinal) && hosts.LastIndexOf(':') is >= 0 and var colon && colon > hosts.LastIndexOf(']'))
            {
                builder.Host = Uri.UnescapeDataString(hosts[..colon]);
                builder.Port = int.TryParse(hosts[(colon + 1)..], out var port) ? port : throw new FormatException("the port is no number");
            }

            builder.Host = builder.Host.Trim('[', ']');
        }

        if (database.Length > 0)
        {
            builder.Database = Uri.UnescapeDataString(database);
        }

        foreach (var option in options.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = option.Split('=', 2);
            var name = Uri.UnescapeDataString(parts[0]);
            builder[Parameters.GetValueOrDefault(name, name)] = Value(name, Uri.UnescapeDataString(parts.Length > 1 ? parts[1] : ""));
        }

        return Checked(builder);
    }

    private static string Value(string name, string value) => name is "sslmode" or "target_session_attrs" ? value.Replace("-", "", StringComparison.Ordinal) : value;

    private static NpgsqlConnectionStringBuilder Checked(NpgsqlConnectionStringBuilder builder) =>
        string.IsNullOrEmpty(builder.Host) ? throw new FormatException("it names no host") : builder;
}
