using Memory.Benchmarks.Documents;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Tests;

public sealed class DocumentTests
{
    [Fact]
    public void Only_what_stands_between_the_comments_is_made_anew() => Assert.Equal(
        "before\n<!-- measured: one -->\n1\n<!-- /measured -->\nbetween\n<!-- measured: a/b -->\n1\n<!-- /measured -->\nafter",
        Section.Fill("before\n<!-- measured: one -->\n<!-- /measured -->\nbetween\n<!-- measured: a/b -->\nold\nlines\n<!-- /measured -->\nafter", _ => "1\n"));

    [Fact]
    public void A_ratio_is_the_median_of_those_within_a_round()
    {
        var all = Run([("append", Subjects.InProcess, [100, 10, 100]), ("append", Subjects.Peer, [10, 10, 50])]);

        Assert.Equal(2, all.Ratio("file", "append", Subjects.Peer));
        Assert.Equal(100, all.Median("file", "append"));
        Assert.Throws<InvalidOperationException>(() => all.Ratio("file", "append", Subjects.Bare));
        Assert.Throws<InvalidOperationException>(() => all.Tail("file", "append"));
    }

    [Fact]
    public void A_bar_that_is_missed_says_so()
    {
        var bar = Bars.All.Single(bar => bar.Demand == "≥ 100× the peer's rate");
        Assert.False(bar.Find(Libsql(99)).Holds);
        Assert.Equal("100× the peer's rate", bar.Find(Libsql(100)).Measured);
        Assert.True(bar.Find(Libsql(100)).Holds);

        static Measurements Libsql(double times) => Run([("append with vectors, one caller", Subjects.InProcess, [times]), ("append with vectors, one caller", Subjects.Peer, [1])], "libsql");
    }

    [Fact]
    public void The_documents_are_what_their_measurements_make_of_them() =>
        Assert.All(DocumentFiles.Make(Repository.Root), file => Assert.True(
            File.Exists(file.Path) && File.ReadAllText(file.Path) == file.Text, $"{file.Path} is not what its measurements make of it: dotnet run --project tests/Memory.Benchmarks -- document"));

    private static Measurements Run(IEnumerable<(string Work, string Subject, double[] Figures)> runs, string name = "file") => new(new Dictionary<string, Measurement>
    {
        [name] = new(
            new Dictionary<string, string>(),
            [
                new ResultTable(
                    Report.Rounds,
                    [new("work"), new("subject"), new("round"), new("unit"), new("figure", "0"), new("p95", "0")],
                    [.. runs.SelectMany(run => run.Figures.Select(IReadOnlyList<Cell> (figure) => [run.Work, run.Subject, "1", "msg/s", figure, (double?)null]))]),
            ]),
    });
}
