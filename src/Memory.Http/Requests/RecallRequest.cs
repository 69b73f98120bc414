using Memory.Core;

namespace Memory.Http;

/// <summary>Body of the recall routes.</summary>
public sealed record RecallRequest
{
    internal const string AsMessages = "messages", AsPrompt = "prompt";

    /// <summary>The turn's new messages, appended first under all rules of an append. Threads only.</summary>
    public AppendRequest? Append { get; init; }

    /// <summary>The question. Absent: the last appended user message's text, or else the last messages only.</summary>
    public string? Query { get; init; }

    /// <summary>How many of the thread's last messages, 0 to 1,000; 30 unless configured otherwise.</summary>
    public int? LastMessages { get; init; }

    /// <summary>How to look for older messages.</summary>
    public SemanticRecallRequest? SemanticRecall { get; init; }

    /// <summary>The most tokens (o200k) of the answer.</summary>
    public int? MaxTokens { get; init; }

    /// <summary><c>messages</c> (the default), or <c>prompt</c> for one text in their place, to be put into a prompt as it is.</summary>
    public string? Format { get; init; }

    /// <summary>Whether to say how the hits came about.</summary>
    public bool Explain { get; init; }
}

/// <summary>How a recall looks for older messages.</summary>
public sealed record SemanticRecallRequest
{
    /// <summary>How many hits, 0 to 100; 3 unless configured otherwise.</summary>
    public int? TopK { get; init; }

    /// <summary>Neighbours of each hit: a number for both sides, or <c>{"before": n, "after": n}</c>, each 0 to 50.</summary>
    public RawJson? MessageRange { get; init; }

    /// <summary><c>thread</c> (the default for a thread) or <c>resource</c>.</summary>
    public string? Scope { get; init; }

    /// <summary>The least score of a hit, 0 to 1.</summary>
    public double? MinScore { get; init; }

    /// <summary>Which messages may be hits.</summary>
    public FilterRequest? Filter { get; init; }
}

/// <summary>Which messages may be hits; conditions are joined by "and".</summary>
public sealed record FilterRequest
{
    /// <summary>A role, or an array of roles.</summary>
    public RawJson? Role { get; init; }

    /// <summary>Created at this time or later, RFC 3339.</summary>
    public string? From { get; init; }

    /// <summary>Created at this time or earlier, RFC 3339.</summary>
    public string? To { get; init; }

    /// <summary>For each metadata member: the value it must have, or <c>{"in": […]}</c>, or bounds <c>{"gt"|"gte"|"lt"|"lte": …}</c>.</summary>
    public RawJson? Metadata { get; init; }
}
