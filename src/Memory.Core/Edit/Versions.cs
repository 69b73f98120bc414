namespace Memory.Core;

/// <summary>Version numbers behind ETags.</summary>
internal static class Versions
{
    /// <summary>The time in microseconds, or one more than the last: it never repeats, not even after a deletion.</summary>
    public static long Next(DateTimeOffset now, long last) => Math.Max(now.ToUnixMicroseconds(), last + 1);

    /// <summary>Refuses when a condition names another version than the stored one.</summary>
    /// <param name="expected">What <c>If-Match</c> asks for; null for no condition.</param>
    /// <param name="actual">The stored version.</param>
    public static void Require(VersionCondition? expected, long actual)
    {
        if (expected is { } condition && !condition.Allows(actual))
        {
            throw Changed();
        }
    }

    /// <summary>The refusal of a condition that does not hold.</summary>
    public static RefusedException Changed() =>
        new(ErrorCode.PreconditionFailed, "The stored version is not the one the condition names. Read it again, and repeat the change on what it says now.");
}

/// <summary>An <c>If-Match</c> or <c>If-None-Match: *</c> condition on a stored version.</summary>
/// <param name="AnyOf">The stored version is one of these; null for any existing one.</param>
/// <param name="MustBeAbsent">Nothing may be stored yet.</param>
public sealed record VersionCondition(IReadOnlyCollection<long>? AnyOf, bool MustBeAbsent = false)
{
    /// <summary>Whether a stored version meets the condition.</summary>
    public bool Allows(long version) => !MustBeAbsent && (AnyOf?.Contains(version) ?? true);
}
