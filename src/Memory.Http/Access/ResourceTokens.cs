using System.Security.Claims;
using Memory.Core;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Memory.Http;

/// <summary>Short-lived tokens for one resource, which an application's back end hands to an agent at the edge: JSON Web Tokens that this service signs (HS256) and nobody has to look up.</summary>
internal sealed class ResourceTokens(IOptions<HttpOptions> options, TimeProvider clock)
{
    private const string Issuer = "memory", Resource = "resource", Scope = "scope";

    private static readonly JsonWebTokenHandler Handler = new() { SetDefaultTimesOnTokenCreation = false, MapInboundClaims = false };

    private readonly TokenOptions options = options.Value.Tokens;

    // Made when first needed: a server without tokens starts without loading what they are made with.
    private SymmetricSecurityKey[]? keys;

    // The first signs; both are taken, so that tokens outlive the change of a key.
    private IEnumerable<string> Secrets => new[] { options.SigningKey, options.PreviousSigningKey }.OfType<string>().Where(key => key.Length > 0);

    private SymmetricSecurityKey[] Keys => keys ??= [.. Secrets.Select(key => new SymmetricSecurityKey(Convert.FromBase64String(key)))];

    /// <summary>Whether a text looks like one of these tokens; whether it is valid is another question.</summary>
    public bool IsOwn(string text) => Secrets.Any() && Handler.CanReadToken(text) && Handler.ReadToken(text).Issuer == Issuer;

    /// <summary>Makes a token.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.InvalidRequest"/>: no key to sign with is configured.</exception>
    public (string Token, DateTimeOffset ExpiresAt) Issue(string resourceId, AccessScopes scopes, TimeSpan lifetime)
    {
        if (!Secrets.Any())
        {
            throw new RefusedException(ErrorCode.InvalidRequest, "This server cannot sign tokens. Set Memory__Http__Tokens__SigningKey to 32 random bytes in base64 (openssl rand -base64 32).");
        }

        var now = clock.GetUtcNow();
        var expiresAt = DateTimeOffset.FromUnixTimeSeconds((now + lifetime).ToUnixTimeSeconds());
        var token = Handler.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = Issuer,
            IssuedAt = now.UtcDateTime,
            Expires = expiresAt.UtcDateTime,
            Subject = new ClaimsIdentity([new Claim(Resource, resourceId), new Claim(Scope, string.Join(' ', scopes.Names()))]),
            SigningCredentials = new SigningCredentials(Keys[0], SecurityAlgorithms.HmacSha256),
        });
        return (token, expiresAt);
    }

    /// <summary>The caller who holds a token; null when it is not valid, or not any more.</summary>
    public async Task<Caller?> VerifyAsync(string token)
    {
        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = Issuer,
            ValidAudience = Issuer,
            ValidAlgorithms = [SecurityAlgorithms.HmacSha256],
            IssuerSigningKeys = Keys,
            TryAllIssuerSigningKeys = true,
            RequireExpirationTime = true,
            LifetimeValidator = (_, expires, _, _) => expires > clock.GetUtcNow().UtcDateTime, // this service's own clock made it
        });
        return result.IsValid
            && result.Claims.TryGetValue(Resource, out var resource) && resource is string resourceId && Identifier.IsValid(resourceId)
            && result.Claims.TryGetValue(Scope, out var names) && names is string text && AccessScopeNames.TryParse(text.Split(' '), out var scopes)
            ? new Caller($"token:{resourceId}", new AccessGrant(scopes, ResourceSelector.Only(resourceId)))
            : null;
    }

    /// <summary>How long a token lives when the request does not say, and at most.</summary>
    public (TimeSpan Usual, TimeSpan Most) Lifetimes => (TimeSpan.FromSeconds(Math.Min(900, options.MaxSeconds)), TimeSpan.FromSeconds(options.MaxSeconds));
}
