namespace Memory.Core;

/// <summary>
/// Keeps a tool call and its results together: models refuse a conversation that holds one without the other.
/// </summary>
internal static class ToolPairs
{
    /// <summary>How far from a call its results are looked for, in messages.</summary>
    private const int Reach = 16;

    /// <summary>The positions to read so that every call and result in the messages finds its other half; usually none.</summary>
    /// <param name="messages">What was read.</param>
    /// <param name="toItsEnd">The thread that was read to its end: behind its last message there is nothing to look for.</param>
    public static IReadOnlyList<PositionRange> RangesToComplete(IReadOnlyList<Message> messages, string? toItsEnd)
    {
        List<PositionRange> ranges = [];
        foreach (var thread in messages.GroupBy(message => message.ThreadId, StringComparer.Ordinal))
        {
            var calls = thread.SelectMany(message => message.Content.ToolCalls()).ToHashSet(StringComparer.Ordinal);
            var results = thread.SelectMany(message => message.Content.ToolResults()).ToHashSet(StringComparer.Ordinal);
            if (calls.SetEquals(results))
            {
                continue;
            }

            var positions = thread.Select(message => message.Position).ToHashSet();
            var end = thread.Key == toItsEnd ? thread.Max(message => message.Position) : long.MaxValue;
            foreach (var message in thread)
            {
                var position = message.Position;
                if (message.Content.ToolCalls().Any(id => !results.Contains(id)))
                {
                    Add(position + 1, position + Reach);
                }

                if (message.Content.ToolResults().Any(id => !calls.Contains(id)))
                {
                    // The call, and the results of its other calls beside this one.
                    Add(Math.Max(1, position - Reach), position + Reach);
                }
            }

            void Add(long from, long to)
            {
                // A call that nobody answered must not cost a read each time it is shown.
                for (var position = from; position <= Math.Min(to, end); position++)
                {
                    if (!positions.Contains(position))
                    {
                        ranges.Add(new PositionRange(thread.Key, from, to));
                        return;
                    }
                }
            }
        }

        return PositionRanges.Union(ranges);
    }

    /// <summary>The messages, and those near them that hold the other half of a pair.</summary>
    public static IReadOnlyList<Message> Complete(IReadOnlyList<Message> messages, IReadOnlyList<Message> nearby)
    {
        List<Message> all = [.. messages];
        var known = messages.Select(message => (message.ThreadId, message.Position)).ToHashSet();
        var wanted = messages.SelectMany(Ids).ToHashSet();
        List<Message> rest = [.. nearby.Where(message => !known.Contains((message.ThreadId, message.Position)))];
        while (rest.FindAll(message => Ids(message).Any(wanted.Contains)) is { Count: > 0 } halves)
        {
            all.AddRange(halves);
            wanted.UnionWith(halves.SelectMany(Ids));
            rest.RemoveAll(halves.Contains);
        }

        return all;
    }

    /// <summary>The tool calls a message takes part in, made or answered.</summary>
    public static IEnumerable<(string Thread, string Call)> Ids(Message message) =>
        message.Content.ToolCalls().Concat(message.Content.ToolResults()).Select(id => (message.ThreadId, id));
}
