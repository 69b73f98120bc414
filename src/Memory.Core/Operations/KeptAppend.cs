namespace Memory.Core;

/// <summary>What an operation keeps of an append: the request with its ids and times fixed, and the trace it came with.</summary>
public sealed record KeptAppend
{
    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public string? ResourceId { get; init; }

    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public long? ExpectedPosition { get; init; }

    /// <summary>As in <see cref="AppendRequest"/>.</summary>
    public required IReadOnlyList<MessageInput> Messages { get; init; }

    /// <summary>The span that accepted it, as a W3C <c>traceparent</c>; null when it was not recorded.</summary>
    public string? Traceparent { get; init; }

    /// <summary>The request alone.</summary>
    internal AppendRequest ToRequest() => new() { ResourceId = ResourceId, ExpectedPosition = ExpectedPosition, Messages = Messages };

    /// <summary>A request with the trace that runs here.</summary>
    internal static KeptAppend Of(AppendRequest request) => new()
    {
        ResourceId = request.ResourceId,
        ExpectedPosition = request.ExpectedPosition,
        Messages = request.Messages,
        Traceparent = TraceParent.Current,
    };
}
