using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Which messages may be hits. Conditions are joined by "and".</summary>
public sealed record MessageFilter
{
    /// <summary>One of these roles; null for any.</summary>
    public IReadOnlyCollection<MessageRole>? Roles { get; init; }

    /// <summary>Created at this time or later.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Created at this time or earlier.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Conditions on top-level members of the metadata.</summary>
    public IReadOnlyList<MetadataCondition> Metadata { get; init; } = [];

    /// <summary>Whether a message's metadata meets every condition.</summary>
    public bool MatchesMetadata(string? metadata)
    {
        if (Metadata.Count == 0)
        {
            return true;
        }

        if (metadata is null)
        {
            return false;
        }

        using var document = new RawJson(metadata).Parse();
        return Metadata.All(condition =>
            document.RootElement.TryGetProperty(condition.Key, out var value) && condition.Matches(value));
    }
}

/// <summary>A condition on one member of a message's metadata.</summary>
/// <param name="Key">The member's name.</param>
/// <param name="AnyOf">The value equals one of these; null when it is a range.</param>
/// <param name="Bounds">Bounds that the value keeps to: numbers with numbers, strings with strings by code point.</param>
public sealed record MetadataCondition(string Key, IReadOnlyList<JsonElement>? AnyOf, IReadOnlyList<MetadataBound> Bounds)
{
    /// <summary>Whether a value meets the condition; a value of another type never does.</summary>
    public bool Matches(JsonElement value) =>
        (AnyOf is null || AnyOf.Any(wanted => JsonElement.DeepEquals(wanted, value))) && Bounds.All(bound => bound.Holds(value));
}

/// <summary>One end of a range.</summary>
/// <param name="Above">True for a lower bound.</param>
/// <param name="Inclusive">Whether the limit itself is inside.</param>
/// <param name="Limit">A number or a string.</param>
public sealed record MetadataBound(bool Above, bool Inclusive, JsonElement Limit)
{
    /// <summary>Whether a value is on the right side.</summary>
    public bool Holds(JsonElement value)
    {
        if (value.ValueKind != Limit.ValueKind)
        {
            return false;
        }

        var order = value.ValueKind == JsonValueKind.Number
            ? value.GetDouble().CompareTo(Limit.GetDouble())
            : Encoding.UTF8.GetBytes(value.GetString()!).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(Limit.GetString()!)); // strings, as their kind says
        return order == 0 ? Inclusive : order > 0 == Above;
    }
}
