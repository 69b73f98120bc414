using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Filters over metadata (https://upstash.com/docs/vector/features/filtering). They hold hashes, names of roles and whole numbers, and nothing that a caller wrote.
/// </summary>
internal static class VectorFilterText
{
    /// <summary>What a search is narrowed by; times to the millisecond, outward, since a double does not hold every microsecond. The exact time is compared where the answer is read.</summary>
    public static string Of(NearestQuery query)
    {
        List<string> conditions = [query.ThreadId is { } threadId ? $"t = '{VectorNames.Hash(threadId)}'" : OfResource(query.ResourceId!)]; // one of both is named
        if (query.Filter?.Roles is { } roles)
        {
            conditions.Add($"p IN ({string.Join(", ", roles.Distinct().Select(role => $"'{role.Name()}'"))})");
        }

        // Numbers below 0 are not in the documented grammar: times before 1970 are left to the comparison.
        if (query.Filter?.From is { } from && from > DateTimeOffset.UnixEpoch)
        {
            conditions.Add($"s >= {Milliseconds(from)}");
        }

        if (query.Filter?.To is { } to)
        {
            conditions.Add($"s <= {Math.Max(0, Milliseconds(to))}");
        }

        return string.Join(" AND ", conditions);
    }

    /// <summary>A resource's vectors.</summary>
    public static string OfResource(string resourceId) => $"r = '{VectorNames.Hash(resourceId)}'";

    /// <summary>The time as filters compare it, rounded down.</summary>
    public static long Milliseconds(DateTimeOffset time) => time.ToUnixTimeMilliseconds();
}
