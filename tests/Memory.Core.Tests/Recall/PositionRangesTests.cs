using CsCheck;

namespace Memory.Core.Tests;

public sealed class PositionRangesTests
{
    [Fact]
    public void A_union_covers_the_same_positions_in_as_few_ranges_as_possible() =>
        Gen.Select(Gen.Int[0, 2], Gen.Int[1, 30], Gen.Int[0, 6]).Array[0, 12].Sample(pieces =>
        {
            var ranges = pieces.Select(piece => new PositionRange($"t{piece.Item1}", piece.Item2, piece.Item2 + piece.Item3)).ToList();

            var union = PositionRanges.Union(ranges);

            Assert.Equal(Positions(ranges).Distinct().Order(), Positions(union));
            Assert.All(union.Zip(union.Skip(1)), pair => Assert.True(pair.First.ThreadId != pair.Second.ThreadId || pair.First.To + 1 < pair.Second.From));
        });

    private static IEnumerable<(string Thread, long Position)> Positions(IEnumerable<PositionRange> ranges) =>
        ranges.SelectMany(range => Enumerable.Range((int)range.From, (int)(range.To - range.From) + 1).Select(position => (range.ThreadId, (long)position)));
}
