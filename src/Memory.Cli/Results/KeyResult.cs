using Memory.Core;

namespace Memory.Cli;

/// <summary>A key.</summary>
/// <param name="Key">The key itself, in the only answer that has it.</param>
/// <param name="Id">Its id.</param>
/// <param name="Name">What it is for.</param>
/// <param name="Scopes">What it may do.</param>
/// <param name="ResourceId">The only resource it opens.</param>
/// <param name="ResourcePrefix">What the ids of those it opens begin with.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">From when on it opens nothing.</param>
internal sealed record KeyResult(
    string? Key, string Id, string? Name, IReadOnlyList<string> Scopes, string? ResourceId, string? ResourcePrefix, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt)
{
    public static KeyResult From(AccessKey key, KeyText? text = null) => new(
        text?.Reveal(), key.Id, key.Name, key.Grant.Scopes.Names(), key.Grant.Resources.One, key.Grant.Resources.Prefix, key.CreatedAt, key.ExpiresAt);

    /// <summary>Whose memory it opens, in words.</summary>
    public string Opens => ResourceId ?? (ResourcePrefix is null ? "every resource" : $"{ResourcePrefix}…");
}

/// <summary>A key that opens nothing any more.</summary>
internal sealed record RevokedResult(string Id);

/// <summary>What an expiry found and removed.</summary>
internal sealed record ExpiryResult(long Found, long Removed);
