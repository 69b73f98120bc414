namespace Memory.Http;

/// <summary>Body of <c>POST /v1/tokens</c>.</summary>
public sealed record TokenRequest
{
    /// <summary>The only resource that the token opens.</summary>
    public required string ResourceId { get; init; }

    /// <summary><c>read</c>, <c>write</c>, or both, which is the default.</summary>
    public IReadOnlyList<string>? Scopes { get; init; }

    /// <summary>How long it lives: 900 seconds unless said otherwise, and at most what is configured.</summary>
    public int? ExpiresInSeconds { get; init; }
}

/// <summary>A token, shown once.</summary>
/// <param name="Token">To be sent as <c>Authorization: Bearer TOKEN</c>.</param>
/// <param name="ResourceId">What it opens.</param>
/// <param name="Scopes">For what.</param>
/// <param name="ExpiresAt">Until when.</param>
public sealed record TokenResponse(string Token, string ResourceId, IReadOnlyList<string> Scopes, DateTimeOffset ExpiresAt);
