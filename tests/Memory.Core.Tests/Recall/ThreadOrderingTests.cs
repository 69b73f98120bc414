using CsCheck;

namespace Memory.Core.Tests;

public sealed class ThreadOrderingTests
{
    private static readonly DateTimeOffset Start = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Threads_interleave_by_time() => Assert.Equal(
        ["a1", "b1", "b2", "a2", "c9", "a3"],
        Interleave(("a", 1, 0), ("a", 2, 30), ("a", 3, 50), ("b", 1, 10), ("b", 2, 20), ("c", 9, 40)));

    [Fact]
    public void A_time_out_of_line_never_breaks_the_order_of_positions() => Assert.Equal(
        ["b1", "a1", "a2", "a3", "b2"],
        Interleave(("a", 2, 5), ("b", 2, 95), ("a", 1, 90), ("b", 1, 10), ("a", 3, 0)));

    [Fact]
    public void Equal_times_go_by_thread_id() => Assert.Equal(
        ["B1", "B2", "a1", "a2"],
        Interleave(("a", 1, 0), ("B", 1, 0), ("a", 2, 0), ("B", 2, 0)));

    [Fact]
    public void Each_message_comes_once_by_position_and_no_thread_waits_for_a_later_one() =>
        Gen.Select(Gen.Int[0, 3], Gen.Int[1, 20], Gen.Int[0, 30]).Array[0, 30].Sample(places =>
        {
            var items = places.DistinctBy(place => (place.Item1, place.Item2)).Select(place => Item($"t{place.Item1}", place.Item2, place.Item3)).ToList();

            var ordered = ThreadOrdering.Interleave(items);

            Assert.Equal(items.Count, ordered.Distinct().Count());
            Assert.All(ordered.GroupBy(item => item.Message.ThreadId), thread => Assert.Equal(thread.OrderBy(item => item.Message.Position), thread));
            for (var at = 0; at < ordered.Count; at++)
            {
                var nextOfEach = ordered.Skip(at).DistinctBy(item => item.Message.ThreadId);
                Assert.Equal(nextOfEach.Min(item => item.Message.CreatedAt), ordered[at].Message.CreatedAt);
            }
        });

    private static IEnumerable<string> Interleave(params (string Thread, long Position, int Second)[] places) =>
        ThreadOrdering.Interleave([.. places.Select(place => Item(place.Thread, place.Position, place.Second))]).Select(item => item.Message.Id);

    private static RecalledMessage Item(string thread, long position, int second) =>
        new(Conversation.Text(thread, position, "words", Start.AddSeconds(second)), RecallSource.Context, null);
}
