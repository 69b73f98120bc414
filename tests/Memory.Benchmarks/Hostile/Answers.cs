using System.Collections.Concurrent;
using System.Globalization;

namespace Memory.Benchmarks.Hostile;

/// <summary>What was answered, by what was sent.</summary>
internal sealed class Answers
{
    private readonly ConcurrentDictionary<string, Kind> kinds = new(StringComparer.Ordinal);
    private long count;

    /// <summary>How many answers there were.</summary>
    public long Count => Interlocked.Read(ref count);

    /// <summary>Whether each was one that is documented for what was sent, and none a 500.</summary>
    public bool AreAsDocumented => kinds.Values.All(kind => kind.Wrong == 0);

    /// <summary>A row of a table for each kind.</summary>
    public IEnumerable<string> Kinds => kinds.OrderBy(kind => kind.Key, StringComparer.Ordinal).Select(kind => kind.Value.Row(kind.Key));

    /// <summary>Notes an answer.</summary>
    /// <param name="sent">What was sent.</param>
    /// <param name="status">The answer; 0 for a connection that was closed.</param>
    /// <param name="expected">What is documented for it. A server at its limit may answer 429 and 503 at any time.</param>
    /// <param name="took">How long it took.</param>
    public void Note(string sent, int status, int[] expected, TimeSpan took)
    {
        Interlocked.Increment(ref count);
        kinds.GetOrAdd(sent, _ => new Kind()).Note(status, status is 429 or 503 || expected.Contains(status), took);
    }

    private sealed class Kind
    {
        private const int MaxTimes = 200_000;
        private readonly ConcurrentDictionary<int, long> statuses = new();
        private readonly ConcurrentQueue<double> times = new();
        private long wrong;

        public long Wrong => Interlocked.Read(ref wrong);

        public void Note(int status, bool isExpected, TimeSpan took)
        {
            statuses.AddOrUpdate(status, 1, (_, before) => before + 1);
            if (times.Count < MaxTimes)
            {
                times.Enqueue(took.TotalMilliseconds);
            }

            if (!isExpected)
            {
                Interlocked.Increment(ref wrong);
            }
        }

        public string Row(string sent)
        {
            double[] sorted = [.. times.Order()];
            var all = string.Join(", ", statuses.OrderBy(status => status.Key).Select(status => string.Create(CultureInfo.InvariantCulture, $"{(status.Key == 0 ? "closed" : status.Key)} × {status.Value:N0}")));
            return string.Create(CultureInfo.InvariantCulture, $"| {sent} | {all} | {Wrong} | {sorted[sorted.Length / 2]:F1} | {sorted[(int)(sorted.Length * 0.99)]:F1} |");
        }
    }
}
