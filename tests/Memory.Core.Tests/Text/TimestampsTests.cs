using CsCheck;

namespace Memory.Core.Tests;

public sealed class TimestampsTests
{
    [Theory]
    [InlineData("2030-01-31T09:00:00Z", "2030-01-31T09:00:00Z")]
    [InlineData("2030-01-31t09:00:00z", "2030-01-31T09:00:00Z")]
    [InlineData("2030-01-31T09:00:00.25Z", "2030-01-31T09:00:00.25Z")]
    [InlineData("2030-01-31T09:00:00.000001Z", "2030-01-31T09:00:00.000001Z")]
    [InlineData("2030-01-31T09:00:00.1234567Z", "2030-01-31T09:00:00.123456Z")]
    [InlineData("2030-01-31T09:00:00.123456789Z", "2030-01-31T09:00:00.123456Z")] // as Go and Java write it
    [InlineData("2030-01-31T00:30:00+02:00", "2030-01-30T22:30:00Z")]
    [InlineData("2030-12-31T23:30:00.5-01:00", "2031-01-01T00:30:00.5Z")]
    [InlineData("2030-01-31T09:00:00-00:00", "2030-01-31T09:00:00Z")]
    [InlineData("2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z")]
    [InlineData("1969-12-31T23:59:59.999999Z", "1969-12-31T23:59:59.999999Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")]
    [InlineData("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z")]
    public void A_time_with_an_offset_is_read_and_written_in_UTC(string text, string expected)
    {
        Assert.True(Timestamps.TryParseRfc3339(text, out var time));
        Assert.Equal(TimeSpan.Zero, time.Offset);
        Assert.Equal(expected, time.ToRfc3339());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("yesterday at noon, or so")]
    [InlineData("2030-01-31T09:00:00")] // without an offset
    [InlineData("2030-01-31T09:00:00.000000")]
    [InlineData("2030-01-31")]
    [InlineData("2030-01-31T09:00Z")]
    [InlineData("2030-1-31T09:00:00Z")]
    [InlineData("20300-01-31T09:00:00Z")]
    [InlineData("2030-02-30T09:00:00Z")]
    [InlineData("2030-13-01T09:00:00Z")]
    [InlineData("2030-01-31T24:00:00Z")]
    [InlineData("2030-01-31T09:60:00Z")]
    [InlineData("2030-06-30T23:59:60Z")] // a leap second has no place in our clock
    [InlineData("2030-01-31T09:00:00.Z")]
    [InlineData("2030-01-31T09:00:00,5Z")]
    [InlineData("2030-01-31T09:00:00+0200")]
    [InlineData("2030-01-31T09:00:00+2:00")]
    [InlineData("2030-01-31T09:00:00+25:00")]
    [InlineData("2030-01-31T09:00:00 Z")]
    [InlineData(" 2030-01-31T09:00:00Z")]
    [InlineData("2030-01-31T09:00:00Z ")]
    [InlineData("２０３０-01-31T09:00:00Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("1893456000000000000000")]
    public void Anything_else_is_refused(string? text) => Assert.False(Timestamps.TryParseRfc3339(text, out _));

    [Theory]
    [InlineData("1970-01-01T00:00:00Z", 0)]
    [InlineData("1970-01-01T00:00:00.000001Z", 1)]
    [InlineData("1969-12-31T23:59:59.999999Z", -1)]
    [InlineData("2030-01-01T00:00:00Z", 1_893_456_000_000_000)]
    public void Microseconds_count_from_1970(string text, long microseconds)
    {
        Assert.True(Timestamps.TryParseRfc3339(text, out var time));
        Assert.Equal(microseconds, time.ToUnixMicroseconds());
        Assert.Equal(time, Timestamps.FromUnixMicroseconds(microseconds));
    }

    [Fact]
    public void Times_are_cut_downwards_before_1970_too() =>
        Gen.Long[DateTimeOffset.MinValue.Ticks, DateTimeOffset.MaxValue.Ticks].Sample(ticks =>
        {
            var time = new DateTimeOffset(ticks, TimeSpan.Zero);
            var cut = time.ToMicroseconds();
            Assert.InRange(time.Ticks - cut.Ticks, 0, TimeSpan.TicksPerMicrosecond - 1);
            Assert.Equal(cut, cut.ToMicroseconds());
            Assert.True(Timestamps.TryParseRfc3339(time.ToRfc3339(), out var read));
            Assert.Equal(cut, read);
        });
}
