using System.Security.Cryptography;
using System.Text;

namespace Memory.Core;

/// <summary>Gathers what a comparison finds, for several threads of work at once.</summary>
internal sealed class Findings(IProgress<TransferProgress>? progress, int samples)
{
    private const int NamedDifferences = 1_000;
    private readonly Lock gate = new();
    private readonly List<ArchiveDifference> differences = [];
    private readonly List<Message> sampled = [];
    private readonly Random random = new(1); // the same messages every time, as far as the order is the same
    private readonly Side source = new(), target = new();
    private long count, seen, threads;

    /// <summary>Messages chosen at random among all that were seen.</summary>
    public IReadOnlyList<Message> Samples => sampled;

    /// <summary>What was found.</summary>
    public VerificationReport Report
    {
        get
        {
            if (source.Resources != target.Resources)
            {
                Add("", null, null, $"the source has {source.Resources} resources and the target {target.Resources}");
            }

            return new VerificationReport { Source = source.Counts, Target = target.Counts, Differences = count, FirstDifferences = differences };
        }
    }

    /// <summary>Notes a difference.</summary>
    public void Add(string resourceId, string? threadId, long? position, string reason)
    {
        lock (gate)
        {
            count++;
            if (differences.Count < NamedDifferences)
            {
                differences.Add(new ArchiveDifference(resourceId, threadId, position, reason));
            }
        }
    }

    /// <summary>Counts a resource.</summary>
    public void CountResource(bool isSource)
    {
        lock (gate)
        {
            (isSource ? source : target).Resources++;
        }
    }

    /// <summary>Counts a resource's or a compared thread's documents.</summary>
    public void CountMemory(bool inSource, bool inTarget)
    {
        lock (gate)
        {
            source.Memories += inSource ? 1 : 0;
            target.Memories += inTarget ? 1 : 0;
        }
    }

    /// <summary>Counts a thread.</summary>
    public void Count(bool isSource, long messages, bool hasMemory, (string ThreadId, string Chain)? chain)
    {
        lock (gate)
        {
            var side = isSource ? source : target;
            (side.Threads, side.Messages, side.Memories) = (side.Threads + 1, side.Messages + messages, side.Memories + (hasMemory ? 1 : 0));
            if (chain is var (threadId, value))
            {
                side.Mix(SHA256.HashData(Encoding.UTF8.GetBytes($"{threadId}\n{value}")));
            }
        }
    }

    /// <summary>Chooses a message or not, so that in the end each had the same chance.</summary>
    public void Sample(Message message)
    {
        if (samples == 0 || message.Content.Text.Length == 0)
        {
            return;
        }

        lock (gate)
        {
            seen++;
            if (sampled.Count < samples)
            {
                sampled.Add(message);
            }
            else if (random.NextInt64(seen) is var place && place < samples)
            {
                sampled[(int)place] = message;
            }
        }
    }

    /// <summary>Tells how far it is.</summary>
    public void Done()
    {
        if (progress is not null)
        {
            lock (gate)
            {
                progress.Report(new TransferProgress(++threads, TotalThreads: null, source.Messages, TotalMessages: null));
            }
        }
    }

    private sealed class Side
    {
        private readonly byte[] digest = new byte[SHA256.HashSizeInBytes];

        public long Resources { get; set; }

        public long Threads { get; set; }

        public long Messages { get; set; }

        public long Memories { get; set; }

        public ArchiveCounts Counts => new(Resources, Threads, Messages, Memories, Convert.ToHexStringLower(digest));

        // In any order the same.
        public void Mix(ReadOnlySpan<byte> hash)
        {
            for (var i = 0; i < digest.Length; i++)
            {
                digest[i] ^= hash[i];
            }
        }
    }
}
