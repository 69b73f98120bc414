using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Tests;

public sealed class ResultTableTests
{
    private static readonly Measurement Sample = new(
        new Dictionary<string, string> { ["command line"] = "measure 'this'" },
        [new ResultTable("times", [new("work"), new("scope"), new("p50 ms", "0.00")], [["recall", "thread", 1.234], ["recall", "resource", 5.0], ["page", (string?)null, (double?)null]])]);

    [Fact]
    public void A_measurement_reads_back_as_it_was_written()
    {
        var read = Measurement.Parse(Sample.ToJson());
        Assert.Equal(Sample.ToMarkdown(), read.ToMarkdown());
        Assert.Equal(Sample.Facts, read.Facts);
    }

    [Fact]
    public void A_number_is_found_by_the_texts_its_line_begins_with()
    {
        Assert.Equal(5.0, Sample.Table("times").Number("p50 ms", "recall", "resource"));
        Assert.Throws<InvalidOperationException>(() => Sample.Table("times").Number("p50 ms", "recall"));
        Assert.Throws<InvalidOperationException>(() => Sample.Table("times").Number("p95 ms", "recall", "thread"));
        Assert.Throws<InvalidOperationException>(() => Sample.Table("times").Number("p50 ms", "page"));
        Assert.Throws<InvalidOperationException>(() => Sample.Table("costs"));
    }

    [Fact]
    public void A_number_can_be_a_key_too()
    {
        var table = new ResultTable("sizes", [new("call"), new("messages", "N0"), new("p50 ms", "0.00")], [["last 30", 100.0, 1.0], ["last 30", 1_000.0, 2.0]]);
        Assert.Equal(2.0, table.Number("p50 ms", "last 30", 1_000));
        Assert.Throws<InvalidOperationException>(() => table.Number("p50 ms", "last 30", 10));
    }

    [Fact]
    public void A_table_is_Markdown() =>
        Assert.Contains("| work | scope | p50 ms |\n| --- | --- | ---: |\n| recall | thread | 1.23 |\n| recall | resource | 5.00 |\n| page |  |  |\n", Sample.ToMarkdown(), StringComparison.Ordinal);
}
