using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Memory.Hosting;
using Memory.Storage.Postgres;

namespace Memory.Cli;

/// <summary>A backend as a command line names it; there is none that cannot be tried.</summary>
internal sealed partial record BackendUrl
{
    /// <summary>What may be written, for help and errors.</summary>
    public const string Forms = "file:PATH, libsql://HOST, https://HOST, postgres://…, upstash: or upstash:PREFIX, or env:NAME for a variable that holds one of these";

    private const string TokenAdvice = "the token goes into LIBSQL_AUTH_TOKEN";

    private BackendUrl(string backend, string address, string shown) => (Backend, Address, Shown) = (backend, address, shown);

    /// <summary>As in <see cref="StorageChoice"/>.</summary>
    public string Backend { get; }

    /// <summary>As configuration has it, secrets included; of Upstash the prefix, empty for the configured one.</summary>
    public string Address { get; }

    /// <summary>A libSQL server's token, from the variable beside the one that held the address; null for the configured one.</summary>
    public string? Token { get; private init; }

    private string Shown { get; }

    /// <summary>A file's.</summary>
    public static BackendUrl OfFile(string path) => new(StorageChoice.LibSql, $"file:{path}", $"file:{path}");

    /// <summary>Reads a URL.</summary>
    /// <param name="text">The URL.</param>
    /// <param name="variable">Gives variables of the environment.</param>
    /// <param name="url">The backend.</param>
    /// <param name="problem">What is wrong, to follow the name of the option; without a secret.</param>
    public static bool TryParse(string text, Func<string, string?> variable, [NotNullWhen(true)] out BackendUrl? url, out string problem)
    {
        (url, problem) = text.StartsWith("env:", StringComparison.Ordinal) ? FromVariable(text[4..], variable) : Parse(text);
        return url is not null;
    }

    /// <summary>Where it is; no secret.</summary>
    public override string ToString() => Shown;

    private static (BackendUrl? Url, string Problem) FromVariable(string name, Func<string, string?> variable)
    {
        if (variable(name) is not { Length: > 0 } value)
        {
            return (null, $"names the variable '{name}', which is not set.");
        }

        var (url, problem) = value.StartsWith("env:", StringComparison.Ordinal) ? (null, "names another variable; write the URL there.") : Parse(value);
        return (url is null ? null : url with { Token = variable($"{name}_AUTH_TOKEN") is { Length: > 0 } token ? token : null }, $"names the variable '{name}', which {problem}");
    }

    private static (BackendUrl? Url, string Problem) Parse(string text)
    {
        var scheme = Scheme().Match(text).Value.ToLowerInvariant();
        return scheme switch
        {
            "file:" => File(text["file:".Length..], text),
            "libsql:" or "https:" or "http:" => Server(text),
            "postgres:" or "postgresql:" => Database(text),
            "upstash:" => Prefix(text["upstash:".Length..]),
            "" when ConnectionString().IsMatch(text) => Database(text), // as DATABASE_URL may have it
            "" when text.EndsWith(".db", StringComparison.OrdinalIgnoreCase) => File(text, $"file:{text}"),
            _ => (null, $"must be {Forms}."), // what was written may hold a secret
        };
    }

    private static (BackendUrl? Url, string Problem) File(string path, string address) => path.Trim('/', ' ').Length > 0 && (!path.StartsWith("//", StringComparison.Ordinal) || path.StartsWith("///", StringComparison.Ordinal))
        ? (new BackendUrl(StorageChoice.LibSql, address, address), "")
        : (null, "must name a file: file:PATH, or file:///ABSOLUTE/PATH.");

    private static (BackendUrl? Url, string Problem) Server(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Host.Length == 0)
        {
            return (null, $"must be libsql://HOST or https://HOST; {TokenAdvice}.");
        }

        if (address.AbsolutePath is not ("/" or "") || address.Query.Length > 0 || address.Fragment.Length > 0 || address.UserInfo.Length > 0)
        {
            return (null, $"must be the host alone, {address.Scheme}://{address.Authority}, without a user, path or query; {TokenAdvice}.");
        }

        return address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && !address.Host.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase)
            ? (null, $"is http://{address.Authority}, which anybody on the way could read; write libsql:// or https:// (http:// is for this machine only).")
            : (new BackendUrl(StorageChoice.LibSql, text, $"{address.Scheme}://{address.Authority}"), "");
    }

    private static (BackendUrl? Url, string Problem) Database(string text)
    {
        try
        {
            return (new BackendUrl(StorageChoice.Postgres, text, $"postgres://{PostgresDatabase.Describe(text)}"), "");
        }
        catch (FormatException wrong)
        {
            return (null, $"is not understood: {wrong.Message}.");
        }
    }

    private static (BackendUrl? Url, string Problem) Prefix(string prefix) => prefix.Length == 0 || PrefixForm().IsMatch(prefix)
        ? (new BackendUrl(StorageChoice.Upstash, prefix, $"upstash:{prefix}"), "")
        : (null, "must be upstash:PREFIX with a prefix of 1 to 64 letters, digits, '-', '_' or '.'; addresses and tokens go into UPSTASH_REDIS_REST_URL and UPSTASH_REDIS_REST_TOKEN.");

    [GeneratedRegex("^[A-Za-z][A-Za-z0-9+.-]+:")]
    private static partial Regex Scheme();

    [GeneratedRegex("(^|;) *(Host|Server) *=", RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionString();

    [GeneratedRegex("^[A-Za-z0-9_.-]{1,64}$")]
    private static partial Regex PrefixForm();
}
