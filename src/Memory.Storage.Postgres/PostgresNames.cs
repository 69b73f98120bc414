using System.Collections.Concurrent;
using System.Text;
using System.Text.RegularExpressions;

namespace Memory.Storage.Postgres;

/// <summary>
/// The names of tables and functions as SQL writes them. Statements hold them as <c>{messages}</c>, or as <c>{messages:text}</c> where a string literal of the name is meant;
/// everything else in a statement is a parameter.
/// </summary>
public sealed partial class PostgresNames
{
    /// <summary>PostgreSQL cuts longer identifiers, so that two could become one.</summary>
    private const int MaxBytes = 63;

    // Function bodies stand between these.
    private const string BodyMark = "$memory$";

    private readonly Dictionary<string, string> names = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> identifiers = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> filled = new(StringComparer.Ordinal);
    private readonly string schema;

    /// <summary>The names that options ask for.</summary>
    /// <exception cref="ArgumentException">A name is no identifier, two are the same, or a table is not known; the message says which.</exception>
    public PostgresNames(PostgresOptions options)
    {
        schema = Check("Memory:Postgres:Schema", options.Schema);
        names["schema"] = Quote(schema);
        foreach (var unknown in options.TableNames.Keys.Except(Tables, StringComparer.OrdinalIgnoreCase))
        {
            throw new ArgumentException($"Memory:Postgres:TableNames:{unknown} names no table; there are {string.Join(", ", Tables)}.");
        }

        foreach (var table in Tables)
        {
            Add(table, Check($"Memory:Postgres:TableNames:{table}", options.TableNames.GetValueOrDefault(table, table), options.TablePrefix));
        }

        foreach (var function in Functions)
        {
            Add(function, Check("Memory:Postgres:TablePrefix", function, options.TablePrefix));
        }

        if (Tables.GroupBy(table => names[table], StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
        {
            throw new ArgumentException($"Memory:Postgres:TableNames gives {string.Join(" and ", twice)} the same name.");
        }
    }

    /// <summary>The tables there are.</summary>
    public static IReadOnlyList<string> Tables { get; } =
    [
        "resources", "threads", "messages", "term_counts", "uncounted", "vectors", "vector_spaces", "pending_embeddings", "working_memory", "operations", "split_vectors", "erasures", "access_keys", "schema_versions",
    ];

    /// <summary>The functions there are; each name once.</summary>
    internal static IReadOnlyList<string> Functions { get; } =
    [
        "ensure_resource", "space_for", "list_pending", "count_terms", "count_fresh", "append_messages", "matches_metadata", "message_context", "term_holders", "search_messages", "fill_pending", "claim_pending",
        "store_vectors", "begin_space", "replace_message", "delete_message", "delete_thread", "clone_thread", "nearest_contents",
        "write_piece", "lock_thread", "remove_thread", "copy_thread", "store_piece", "note_erasure", "append_accepted", "erase_part", "end_erasure", "own_expired", "idle_threads",
    ];

    /// <summary>The schema's name as it is, without quotes.</summary>
    public string Schema => schema;

    /// <summary>The tables' names as they are, without schema and quotes.</summary>
    internal string[] TableIdentifiers() => [.. Tables.Select(table => identifiers[table])];

    /// <summary>The functions' names as they are, without schema and quotes.</summary>
    internal string[] FunctionIdentifiers() => [.. Functions.Select(function => identifiers[function])];

    /// <summary>A statement with the names in it.</summary>
    public string Fill(string sql) => filled.GetOrAdd(sql, static (text, names) => Fill(text, names), names);

    /// <summary>A statement with further names in it, by what stands in braces.</summary>
    internal string Fill(string sql, IReadOnlyDictionary<string, string> more)
    {
        var all = new Dictionary<string, string>(names, StringComparer.Ordinal);
        foreach (var (name, text) in more)
        {
            all[name] = text;
        }

        return Fill(sql, all);
    }

    /// <summary>An identifier in quotes.</summary>
    internal static string Quote(string identifier) => $"\"{identifier.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    /// <summary>A string literal, whatever <c>standard_conforming_strings</c> says.</summary>
    internal static string Literal(string text) => text.Contains('\\', StringComparison.Ordinal)
        ? $" E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'"
        : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";

    private static string Fill(string sql, Dictionary<string, string> names) => Placeholder().Replace(sql, match =>
    {
        var name = names[match.Groups["name"].Value];
        return match.Groups["text"].Success ? Literal(name) : name;
    });

    private static string Check(string setting, string name, string prefix = "")
    {
        var whole = prefix + name;
        return name.Length == 0 || whole.Contains('\0', StringComparison.Ordinal) || whole.Contains(BodyMark, StringComparison.Ordinal) || Encoding.UTF8.GetByteCount(whole) > MaxBytes
            ? throw new ArgumentException($"{setting} makes the identifier '{whole}'; it must have 1 to {MaxBytes} bytes, no NUL and no '{BodyMark}'.")
            : whole;
    }

    private void Add(string name, string identifier)
    {
        identifiers[name] = identifier;
        names[name] = $"{Quote(schema)}.{Quote(identifier)}";
    }

    [GeneratedRegex(@"\{(?<name>[a-z_]+)(?<text>:text)?\}")]
    private static partial Regex Placeholder();
}
