namespace Memory.Core;

/// <summary>A key that callers show, as it is kept.</summary>
public sealed record AccessKey
{
    /// <summary>Names it in lists and logs; no secret. Lower-case letters and digits.</summary>
    public required string Id { get; init; }

    /// <summary>The SHA-256 of its secret, 64 hexadecimal digits. The secret has 256 random bits, which nobody can go through, so that a slow hash would add nothing.</summary>
    public required string Hash { get; init; }

    /// <summary>What it is for, in its owner's words.</summary>
    public string? Name { get; init; }

    /// <summary>What it opens.</summary>
    public required AccessGrant Grant { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>From when on it opens nothing; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }
}
