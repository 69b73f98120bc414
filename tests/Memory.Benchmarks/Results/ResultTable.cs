using System.Globalization;
using System.Text;

namespace Memory.Benchmarks.Results;

/// <summary>A table of what was measured.</summary>
/// <param name="Name">What a document asks for it by; unique within a measurement.</param>
/// <param name="Columns">The columns.</param>
/// <param name="Rows">The lines, a cell for each column.</param>
internal sealed record ResultTable(string Name, IReadOnlyList<Column> Columns, IReadOnlyList<IReadOnlyList<Cell>> Rows)
{
    /// <summary>The number in a column of the line that begins with these cells.</summary>
    /// <exception cref="InvalidOperationException">There is no such line or number, or more than one.</exception>
    public double Number(string column, params Cell[] keys)
    {
        var at = Columns.Select(one => one.Name).ToList().IndexOf(column);
        var lines = Rows.Where(row => keys.Index().All(key => row[key.Index] == key.Item)).ToList();
        return at >= 0 && lines is [var line] && line[at].Number is { } number
            ? number
            : throw new InvalidOperationException($"The table '{Name}' has no single number '{column}' in a line that begins with {string.Join(", ", keys.Zip(Columns, Write))}.");
    }

    /// <summary>As Markdown.</summary>
    public string ToMarkdown()
    {
        var text = new StringBuilder();
        AppendLine(text, Columns.Select(column => column.Name));
        AppendLine(text, Columns.Select(column => column.Format is null ? "---" : "---:"));
        foreach (var row in Rows)
        {
            AppendLine(text, row.Zip(Columns, Write));
        }

        return text.ToString();
    }

    private static string Write(Cell cell, Column column) => cell.Number is { } number ? number.ToString(column.Format, CultureInfo.InvariantCulture) : cell.Text ?? "";

    private static void AppendLine(StringBuilder text, IEnumerable<string> cells) => text.Append("| ").AppendJoin(" | ", cells).Append(" |\n");
}
