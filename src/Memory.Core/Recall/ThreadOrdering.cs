namespace Memory.Core;

/// <summary>The order of an answer: by position within a thread, threads interleaved by time without breaking that.</summary>
internal static class ThreadOrdering
{
    /// <summary>Merges threads by the time of their next message; ties go to the lower thread id.</summary>
    public static IReadOnlyList<RecalledMessage> Interleave(IReadOnlyList<RecalledMessage> messages)
    {
        var threads = messages
            .GroupBy(item => item.Message.ThreadId, StringComparer.Ordinal)
            .Select(thread => new Queue<RecalledMessage>(thread.OrderBy(item => item.Message.Position)))
            .ToList();
        var next = new PriorityQueue<Queue<RecalledMessage>, (DateTimeOffset, string)>(Comparer<(DateTimeOffset Time, string Thread)>.Create(
            (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : string.CompareOrdinal(a.Thread, b.Thread)));
        threads.ForEach(Enqueue);

        List<RecalledMessage> ordered = new(messages.Count);
        while (next.TryDequeue(out var thread, out _))
        {
            ordered.Add(thread.Dequeue());
            Enqueue(thread);
        }

        return ordered;

        void Enqueue(Queue<RecalledMessage> thread)
        {
            if (thread.TryPeek(out var first))
            {
                next.Enqueue(thread, (first.Message.CreatedAt, first.Message.ThreadId));
            }
        }
    }
}
