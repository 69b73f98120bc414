namespace Memory.Core;

/// <summary>A recall: the last messages of a thread and the older ones that bear on a question.</summary>
public sealed record RecallQuery
{
    /// <summary>The most last messages of one recall.</summary>
    public const int MaxLastMessages = 1_000;

    /// <summary>The most hits of one recall.</summary>
    public const int MaxTopK = 100;

    /// <summary>The most neighbours on either side of a hit.</summary>
    public const int MaxRange = 50;

    /// <summary>Where to search; its thread, if any, is the one whose last messages are given.</summary>
    public required SearchScope Scope { get; init; }

    /// <summary>The turn's new messages, to be appended first.</summary>
    public AppendBatch? Append { get; init; }

    /// <summary>The question; null for the last appended user message's text, or else the last messages only.</summary>
    public string? Query { get; init; }

    /// <summary>How many of the thread's last messages.</summary>
    public int LastMessages { get; init; }

    /// <summary>How many hits at most.</summary>
    public int TopK { get; init; }

    /// <summary>How many messages before each hit.</summary>
    public int Before { get; init; }

    /// <summary>How many messages after each hit.</summary>
    public int After { get; init; }

    /// <summary>The least score of a hit, 0 to 1.</summary>
    public double MinScore { get; init; }

    /// <summary>Which messages may be hits.</summary>
    public MessageFilter? Filter { get; init; }

    /// <summary>The most tokens of the answer, counted exactly; null for no limit.</summary>
    public int? MaxTokens { get; init; }
}

/// <summary>Why a message is in the answer.</summary>
public enum RecallSource
{
    /// <summary>One of the thread's last messages; with a score when it was a hit too.</summary>
    Recent,

    /// <summary>A hit.</summary>
    Recall,

    /// <summary>A neighbour of a hit, or the other half of a tool call.</summary>
    Context,
}

/// <summary>Reasons as they are written.</summary>
public static class RecallSources
{
    /// <summary>A reason's name: <c>recent</c>, <c>recall</c> or <c>context</c>.</summary>
    public static string Name(this RecallSource source) => source switch
    {
        RecallSource.Recent => "recent",
        RecallSource.Recall => "recall",
        _ => "context",
    };
}

/// <summary>A message of the answer.</summary>
/// <param name="Message">The message.</param>
/// <param name="Source">Why it is here.</param>
/// <param name="Score">Its score, when it was a hit.</param>
public sealed record RecalledMessage(Message Message, RecallSource Source, double? Score);

/// <summary>What a recall found.</summary>
/// <param name="Messages">Each once; by position within a thread, threads interleaved by time.</param>
/// <param name="Tokens">Their tokens.</param>
/// <param name="TokensAreEstimated">True when no budget was asked for, and tokens are a quarter of the bytes.</param>
/// <param name="PendingEmbeddings">How many messages in scope still await their embedding.</param>
/// <param name="Appended">What the append did, when there was one.</param>
/// <param name="Explanation">How the hits came about.</param>
public sealed record RecallResult(
    IReadOnlyList<RecalledMessage> Messages,
    int Tokens,
    bool TokensAreEstimated,
    long PendingEmbeddings,
    AppendResult? Appended,
    RecallExplanation Explanation);

/// <summary>How a recall's hits came about, and where its time went.</summary>
/// <param name="Query">The question that was searched for.</param>
/// <param name="Terms">Its lexical terms.</param>
/// <param name="Space">The space of the question's vector; null when the search went by words alone.</param>
/// <param name="DenseFailure">Why it did, when there is an embedder.</param>
/// <param name="Hits">The hits, best first, those that a budget left out included.</param>
/// <param name="AppendTime">Time to append.</param>
/// <param name="EmbedTime">Time to embed the question, and what is appended; it comes first.</param>
/// <param name="SearchTime">Time to search and to read.</param>
/// <param name="ReadTime">Time to read what was missing: the other halves of tool calls.</param>
/// <param name="SelectTime">Time to count, choose and order them.</param>
public sealed record RecallExplanation(
    string? Query,
    IReadOnlyList<string> Terms,
    EmbeddingSpace? Space,
    string? DenseFailure,
    IReadOnlyList<SearchHit> Hits,
    TimeSpan AppendTime,
    TimeSpan EmbedTime,
    TimeSpan SearchTime,
    TimeSpan ReadTime,
    TimeSpan SelectTime);
