using System.Text;

namespace Memory.Cli;

/// <summary>A table in columns of spaces. Rows are written a thousand at a time, so that a long list begins before it is read to its end.</summary>
internal sealed class TextTable(Output output, string[] columns)
{
    private const int Batch = 1_000, Gap = 2;
    private readonly int[] widths = [.. columns.Select(column => column.Length)];
    private readonly List<string[]> rows = [columns];

    /// <summary>Adds a row; the texts are others' and may hold anything.</summary>
    public void Add(params string[] cells)
    {
        rows.Add([.. cells.Select(cell => PlainText.OneLine(cell))]);
        if (rows.Count >= Batch)
        {
            Write();
        }
    }

    /// <summary>Writes what is still held back, the heading of an empty table too.</summary>
    public void Write()
    {
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        foreach (var row in rows)
        {
            var line = new StringBuilder();
            for (var i = 0; i < row.Length; i++)
            {
                line.Append(i == row.Length - 1 ? row[i] : row[i].PadRight(widths[i] + Gap));
            }

            output.WriteLine(line.ToString().TrimEnd());
        }

        rows.Clear();
    }
}
