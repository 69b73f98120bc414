namespace Memory.Storage.LibSql;

/// <summary>SQLite's own error.</summary>
/// <param name="code">Its result code (https://sqlite.org/rescode.html).</param>
/// <param name="message">What it says; not for callers, since it may quote.</param>
internal sealed class SqliteException(int code, string message) : Exception($"SQLite error {code}: {message}")
{
    /// <summary>Whether it is the one that <see cref="Batch.Require"/> makes.</summary>
    public bool IsMalformedJson { get; } = message.Contains("malformed JSON", StringComparison.Ordinal);

    /// <summary>The primary result code.</summary>
    public int Code { get; } = code & 0xff;
}
