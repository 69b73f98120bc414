using System.Security.Claims;
using Memory.Core;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;

namespace Memory.Http;

/// <summary>Access tokens of an OpenID Connect provider, Microsoft Entra among them: a claim says whose memory, roles say what may be done with it.</summary>
internal sealed class IdentityTokens
{
    // Never a shared secret, which a public key could be passed off as.
    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512, SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384,
        SecurityAlgorithms.RsaSsaPssSha512, SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    // Beside the claim of roles: what a user has allowed an application to do for them, a text with blanks between.
    private static readonly string[] Delegations = ["scp", "scope"];

    private static readonly JsonWebTokenHandler Handler = new() { MapInboundClaims = false };

    private readonly JwtOptions options;
    private readonly ConfigurationManager<OpenIdConnectConfiguration> provider;

    public IdentityTokens(IOptions<HttpOptions> options)
    {
        this.options = options.Value.Jwt;
        var authority = this.options.Authority!.TrimEnd('/'); // registered only with one
        provider = new ConfigurationManager<OpenIdConnectConfiguration>(
            $"{authority}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), new HttpDocumentRetriever { RequireHttps = !JwtOptions.IsLoopback(authority) });
    }

    /// <summary>The caller whom a token names; null when it is not valid, or not any more.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Forbidden"/>: it is, and says nothing that opens anything here.</exception>
    /// <exception cref="MemoryStoreException">The provider's keys cannot be read.</exception>
    public async Task<Caller?> VerifyAsync(string token, CancellationToken cancellationToken)
    {
        if (!Handler.CanReadToken(token))
        {
            return null;
        }

        OpenIdConnectConfiguration configuration;
        try
        {
            configuration = await provider.GetConfigurationAsync(cancellationToken);
        }
        catch (Exception fault) when (fault is InvalidOperationException or IOException)
        {
            throw new MemoryStoreException("identity provider", "check a token", isTransient: true, "the identity provider's keys could not be read", fault);
        }

        var result = await Handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = configuration.Issuer,
            ValidAudience = options.Audience,
            ValidAlgorithms = Algorithms,
            ConfigurationManager = provider, // reads the keys again when one is not known yet
            RequireExpirationTime = true,
            RequireSignedTokens = true,
            ClockSkew = TimeSpan.FromMinutes(1),
        });
        return result.IsValid ? Caller(result.ClaimsIdentity) : null;
    }

    private Caller Caller(ClaimsIdentity identity)
    {
        var scopes = Scopes(identity);
        if (scopes.HasFlag(AccessScopes.Admin))
        {
            return new Caller($"jwt:{identity.FindFirst("sub")?.Value}", new AccessGrant(scopes, ResourceSelector.All));
        }

        var resourceId = options.ResourcePrefix + identity.FindFirst(options.ResourceClaim)?.Value;
        return scopes != AccessScopes.None && resourceId.Length > options.ResourcePrefix.Length && Identifier.IsValid(resourceId)
            ? new Caller($"jwt:{resourceId}", new AccessGrant(scopes, ResourceSelector.Only(resourceId)))
            : throw new RefusedException(ErrorCode.Forbidden, scopes == AccessScopes.None
                ? $"The token has none of the roles {options.ReadRole}, {options.WriteRole} and {options.AdminRole}."
                : $"The token's claim '{options.ResourceClaim}' names no resource.");
    }

    private AccessScopes Scopes(ClaimsIdentity identity)
    {
        var names = identity.FindAll(options.RolesClaim).Select(claim => claim.Value)
            .Concat(identity.Claims.Where(claim => Delegations.Contains(claim.Type)).SelectMany(claim => claim.Value.Split(' '))).ToHashSet(StringComparer.Ordinal);
        var scopes = (names.Contains(options.ReadRole) ? AccessScopes.Read : AccessScopes.None)
            | (names.Contains(options.WriteRole) ? AccessScopes.Write : AccessScopes.None)
            | (names.Contains(options.AdminRole) ? AccessScopes.Admin : AccessScopes.None);
        return scopes != AccessScopes.None || options.DefaultScopes.Length == 0 ? scopes : options.Defaults();
    }
}
