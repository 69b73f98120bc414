using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>The HTTP API (configuration: <c>Memory:Http</c>).</summary>
public sealed class HttpOptions
{
    /// <summary>A key that opens everything, as <c>Authorization: Bearer KEY</c> or <c>x-api-key: KEY</c>; at least 16 characters.</summary>
    public string? ApiKey { get; set; }

    /// <summary>Whether every request under /v1 must show a key or a token. By itself as soon as <see cref="ApiKey"/>, an authority or a signing key is set, and required beyond loopback.</summary>
    public bool RequireAuthentication { get; set; }

    /// <summary>Whether an append that another producer puts on the queue must carry a resource token, and goes to its resource only. Whoever may write to the queue is trusted otherwise.</summary>
    public bool RequireQueueTokens { get; set; }

    /// <summary>How long a key that was looked up is remembered, in seconds: so long one that was revoked may still open something.</summary>
    [Range(0, 3_600)]
    public int KeyCacheSeconds { get; set; } = 30;

    /// <summary>How long the answer of <c>/health/ready</c> holds, in seconds: probes that come sooner cost the storage and the queue nothing.</summary>
    [Range(0, 60)]
    public double ReadyCacheSeconds { get; set; } = 2;

    /// <summary>Access tokens of an OpenID Connect provider.</summary>
    public JwtOptions Jwt { get; } = new();

    /// <summary>Resource tokens.</summary>
    [ValidateObjectMembers]
    public TokenOptions Tokens { get; } = new();

    /// <summary>How much is taken on.</summary>
    [ValidateObjectMembers]
    public LimitOptions Limits { get; } = new();

    /// <summary>Whether a request without credentials is refused.</summary>
    public bool AsksForCredentials =>
        RequireAuthentication || !string.IsNullOrEmpty(ApiKey) || !string.IsNullOrEmpty(Jwt.Authority) || !string.IsNullOrEmpty(Tokens.SigningKey);
}
