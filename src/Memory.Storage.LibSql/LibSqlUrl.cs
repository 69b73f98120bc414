using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Where a LibSQL database is: a file, in memory, or on a server.</summary>
internal sealed record LibSqlUrl
{
    private LibSqlUrl() { }

    /// <summary>The file's absolute path; null for a database in memory or on a server.</summary>
    public string? Path { get; private init; }

    /// <summary>The server's address; null for a file or a database in memory.</summary>
    public Uri? Server { get; private init; }

    /// <summary>
    /// Reads <c>file:relative</c>, <c>file:/absolute</c>, <c>file:///absolute</c> (percent-encoded), <c>:memory:</c>, <c>libsql://HOST</c>, <c>https://HOST</c> or, for this machine only,
    /// <c>http://HOST</c>.
    /// </summary>
    /// <exception cref="MemoryStoreException">Any other form, with what to write instead.</exception>
    public static LibSqlUrl Parse(string url)
    {
        if (url is ":memory:" or "file::memory:")
        {
            return new LibSqlUrl();
        }

        if (Uri.TryCreate(url, UriKind.Absolute, out var address) && address.Scheme is "libsql" or "https" or "http")
        {
            return new LibSqlUrl { Server = OnServer(address!) }; // just created
        }

        var path = url.StartsWith("file:///", StringComparison.Ordinal) ? Uri.UnescapeDataString(url[7..])
            : url.StartsWith("file:", StringComparison.Ordinal) && !url.StartsWith("file://", StringComparison.Ordinal) ? url[5..]
            : "";
        return path.Trim().Length > 0
            ? new LibSqlUrl { Path = System.IO.Path.GetFullPath(path) }
            : throw Refuse($"is '{url}'; write file:PATH, file:///ABSOLUTE/PATH, :memory:, libsql://HOST or https://HOST");
    }

    private static Uri OnServer(Uri address)
    {
        // What is behind the host may hold a token, and is not repeated.
        if (address.AbsolutePath is not ("/" or "") || address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
        {
            throw Refuse($"must be the host alone, {address.Scheme}://{address.Authority}, without a user, path or query; a token goes into Memory:LibSql:AuthToken, or LIBSQL_AUTH_TOKEN");
        }

        var isHere = address.IsLoopback || address.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return address.Scheme == Uri.UriSchemeHttp && !isHere
            ? throw Refuse($"is http://{address.Authority}, which anybody on the way could read; write libsql:// or https:// (http:// is for this machine only)")
            : new UriBuilder(address) { Scheme = address.Scheme == "libsql" ? Uri.UriSchemeHttps : address.Scheme, Port = address.IsDefaultPort ? -1 : address.Port }.Uri;
    }

    private static MemoryStoreException Refuse(string reason) => new(Faults.Store, "open the database", false, $"Memory:LibSql:Url (or VectorUrl) {reason}");
}
