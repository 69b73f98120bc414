using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Memory.Benchmarks.Results;

/// <summary>What a command measured. Its JSON is what documents take their figures from.</summary>
/// <param name="Facts">Machine, versions and the command line, by name.</param>
/// <param name="Tables">What came out.</param>
internal sealed record Measurement(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<ResultTable> Tables)
{
    private static readonly JsonSerializerOptions Format = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // a file that people read, and no page
    };

    /// <summary>The option of every command that measures.</summary>
    public static Option<FileInfo?> NewJsonOption() => new("--json") { Description = "Also writes what was measured to this file, from which the documents are made." };

    /// <summary>Reads what a command wrote.</summary>
    public static Measurement Parse(string json) => JsonSerializer.Deserialize<Measurement>(json, Format) ?? throw new JsonException("A measurement is an object.");

    /// <summary>The table of a name.</summary>
    public ResultTable Table(string name) =>
        Tables.SingleOrDefault(table => table.Name == name) ?? throw new InvalidOperationException($"There is no table '{name}', only {string.Join(", ", Tables.Select(table => table.Name))}.");

    /// <summary>Facts and tables.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        foreach (var (name, value) in Facts)
        {
            text.Append(CultureInfo.InvariantCulture, $"- {name}: {value}\n");
        }

        foreach (var table in Tables)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{table.Name}\n\n").Append(table.ToMarkdown());
        }

        return text.ToString();
    }

    /// <summary>Everything.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Format) + "\n";

    /// <summary>Writes the tables to standard output, and everything to a file if one is given.</summary>
    public async Task WriteAsync(FileInfo? json, CancellationToken cancellationToken)
    {
        await Console.Out.WriteAsync(ToMarkdown().AsMemory(), cancellationToken);
        if (json is not null)
        {
            await SaveAsync(json, cancellationToken);
        }
    }

    /// <summary>Writes everything to a file.</summary>
    public Task SaveAsync(FileInfo json, CancellationToken cancellationToken)
    {
        json.Directory?.Create();
        return File.WriteAllTextAsync(json.FullName, ToJson(), cancellationToken);
    }
}
