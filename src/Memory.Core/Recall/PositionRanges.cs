namespace Memory.Core;

/// <summary>Sets of position ranges.</summary>
internal static class PositionRanges
{
    /// <summary>The same positions in as few ranges as possible, by thread and position.</summary>
    public static IReadOnlyList<PositionRange> Union(IEnumerable<PositionRange> ranges)
    {
        List<PositionRange> union = [];
        foreach (var range in ranges.OrderBy(range => range.ThreadId, StringComparer.Ordinal).ThenBy(range => range.From))
        {
            if (union.Count > 0 && union[^1] is var last && last.ThreadId == range.ThreadId && range.From <= last.To + 1)
            {
                union[^1] = last with { To = Math.Max(last.To, range.To) };
            }
            else
            {
                union.Add(range);
            }
        }

        return union;
    }
}
