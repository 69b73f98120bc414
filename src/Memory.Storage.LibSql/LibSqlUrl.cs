using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Where a LibSQL file is.</summary>
internal sealed record LibSqlUrl
{
    private LibSqlUrl() { }

    /// <summary>The absolute path; null for a database in memory.</summary>
    public string? Path { get; private init; }

    /// <summary>Reads <c>file:relative</c>, <c>file:/absolute</c>, <c>file:///absolute</c> (percent-encoded) or <c>:memory:</c>.</summary>
    /// <exception cref="MemoryStoreException">Any other form, with what to write instead.</exception>
    public static LibSqlUrl Parse(string url)
    {
        if (url is ":memory:" or "file::memory:")
        {
            return new LibSqlUrl();
        }

        var path = url.StartsWith("file:///", StringComparison.Ordinal) ? Uri.UnescapeDataString(url[7..])
            : url.StartsWith("file:", StringComparison.Ordinal) && !url.StartsWith("file://", StringComparison.Ordinal) ? url[5..]
            : "";
        return path.Trim().Length > 0
            ? new LibSqlUrl { Path = System.IO.Path.GetFullPath(path) }
            : throw new MemoryStoreException(Faults.Store, "open the database", false,
                $"Memory:LibSql:Url (or VectorUrl) is '{url}'; write file:PATH, file:///ABSOLUTE/PATH or :memory:");
    }
}
