using System.Globalization;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Load;

/// <summary>What a run found.</summary>
/// <param name="Facts">Machine, versions and the command line, by name.</param>
/// <param name="Rows">The lines.</param>
internal sealed record Report(IReadOnlyDictionary<string, string> Facts, IReadOnlyList<RowResult> Rows)
{
    /// <summary>The table that people read: medians over the rounds; two times are p50 and p95; × is how many times better ours is, in process where that was measured, otherwise over HTTP.</summary>
    public const string Summary = "medians";

    /// <summary>The table that says what was special about a figure.</summary>
    public const string Notes = "notes";

    /// <summary>The table of every round's figures: a time's p50, and its p95 beside it.</summary>
    public const string Rounds = "rounds";

    // In the order of the columns.
    private static readonly string[] AllSubjects = [Subjects.InProcess, Subjects.Http, Subjects.Bare, Subjects.Scan, Subjects.Peer];

    /// <summary>As tables.</summary>
    public Measurement ToMeasurement() => new(Facts, [Medians(), NotesOf(), EveryRound()]);

    private ResultTable Medians()
    {
        string[] subjects = [.. AllSubjects.Where(name => Rows.Any(row => row.Runs.ContainsKey(name)))];
        string[] others = [.. subjects.Where(name => name is Subjects.Bare or Subjects.Scan or Subjects.Peer)];
        return new ResultTable(
            Summary,
            [new("work"), .. subjects.Select(name => new Column(name)), .. others.Select(name => new Column($"× {name}", "0.00"))],
            [
                .. Rows.Select(IReadOnlyList<Cell> (row) =>
                [
                    row.Row.Name,
                    .. subjects.Select(Cell (name) => row.Median(name) is { } outcome ? row.Row.Unit.Write(outcome) : null),
                    .. others.Select(Cell (name) => row.Advantage(name)),
                ]),
            ]);
    }

    private ResultTable NotesOf() =>
        new(Notes, [new("note")], [.. Rows.SelectMany(row => row.Notes).Select(IReadOnlyList<Cell> (note) => [note])]);

    private ResultTable EveryRound() => new(
        Rounds,
        [new("work"), new("subject"), new("round"), new("unit"), new("figure", "0.###"), new("p95", "0.###")],
        [
            .. from row in Rows
               from runs in row.Runs
               from run in runs.Value.Index()
               select (IReadOnlyList<Cell>)[row.Row.Name, runs.Key, (run.Index + 1).ToString(CultureInfo.InvariantCulture), row.Row.Unit.Name, run.Item.Main, run.Item.Tail],
        ]);
}
