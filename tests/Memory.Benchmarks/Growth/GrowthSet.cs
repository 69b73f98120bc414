using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Growth;

/// <summary>A store that grows, and what is timed meanwhile.</summary>
/// <param name="Name">The table's.</param>
/// <param name="Calls">What is timed at each size; what adds to it comes last.</param>
/// <param name="ThreadLength">Messages a thread.</param>
/// <param name="Most">The most messages.</param>
/// <param name="FillLimit">How long the fills may take together.</param>
internal sealed record GrowthSet(string Name, IReadOnlyList<GrowthCall> Calls, int ThreadLength, int Most, TimeSpan FillLimit)
{
    /// <summary>The table of a resource that grows, thread by thread.</summary>
    public const string Resource = "growth of a resource";

    private const int MostWithVectors = 100_000;

    /// <summary>What is to cost the same in a store of any size: at the last of the sizes it is timed once more, by turns with a store of a thousand messages.</summary>
    public IReadOnlyList<GrowthCall> Compared { get; init; } = [];

    /// <summary>The table of these.</summary>
    public const string ComparedResource = $"{Resource}: beside a store of a thousand";

    /// <summary>Whether every message has a vector, and every question.</summary>
    public bool WithVectors { get; init; }

    /// <summary>How the store's size at each step is called.</summary>
    public string StoreName => $"{Name}: store";

    /// <summary>Powers of ten from a hundred on.</summary>
    public IEnumerable<int> Sizes
    {
        get
        {
            for (var size = 100L; size <= Most; size *= 10)
            {
                yield return (int)size;
            }
        }
    }

    /// <summary>All there are.</summary>
    /// <param name="most">The most messages.</param>
    /// <param name="withVectors">Whether vectors are worth measuring.</param>
    public static IReadOnlyList<GrowthSet> All(int most, bool withVectors) =>
    [
        new(
            Resource, [GrowthCall.Last, GrowthCall.Page, GrowthCall.Threads, GrowthCall.RecallInThread, GrowthCall.RecallInResource, GrowthCall.Edit, GrowthCall.Delete, GrowthCall.Append],
            ConversationWorks.ThreadLength, most, TimeSpan.FromMinutes(10))
        {
            Compared = [GrowthCall.Edit, GrowthCall.Delete],
        },
        new("growth of a thread", [GrowthCall.Last, GrowthCall.Page], int.MaxValue, most, TimeSpan.FromMinutes(8)),
        .. withVectors ? [WithEmbedder(Math.Min(most, MostWithVectors))] : (GrowthSet[])[],
    ];

    private static GrowthSet WithEmbedder(int most) =>
        new("growth with vectors", [GrowthCall.RecallInThread, GrowthCall.RecallInResource], ConversationWorks.ThreadLength, most, TimeSpan.FromMinutes(5)) { WithVectors = true };
}
