using System.Security.Cryptography;
using System.Text;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Memory.Http;

/// <summary>Tells who calls by what they show: the configured key, a kept key, a resource token, or a token of the identity provider.</summary>
internal sealed class Authenticator(IOptions<HttpOptions> options, KnownKeys keys, ResourceTokens tokens, IdentityTokens? identities = null)
{
    private const string Bearer = "Bearer ";

    private readonly bool isClosed = options.Value.AsksForCredentials;
    private readonly byte[]? owner = string.IsNullOrEmpty(options.Value.ApiKey) ? null : Digest(options.Value.ApiKey);

    /// <summary>The caller of a request.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.Unauthorized"/> when it shows nothing, or nothing that opens anything; <see cref="ErrorCode.Forbidden"/> when it opens nothing here.</exception>
    /// <exception cref="MemoryStoreException">Whether it does cannot be found out now.</exception>
    public async Task<Caller> IdentifyAsync(HttpRequest request, CancellationToken cancellationToken)
    {
        var shown = Shown(request);
        if (shown.Length == 0)
        {
            return isClosed ? throw Unauthorized("Send a key or a token as 'Authorization: Bearer …', or a key in 'x-api-key'.") : Caller.Open;
        }

        // Digests have one length, and comparing them takes one time.
        if (owner is not null && CryptographicOperations.FixedTimeEquals(owner, Digest(shown)))
        {
            return Caller.Owner;
        }

        if (KeyText.TryParse(shown) is { } key)
        {
            return await keys.FindAsync(key, request.HttpContext.Connection.RemoteIpAddress?.ToString(), cancellationToken) ?? throw Refused();
        }

        if (tokens.IsOwn(shown))
        {
            return await tokens.VerifyAsync(shown) ?? throw Refused();
        }

        if (identities is not null)
        {
            return await identities.VerifyAsync(shown, cancellationToken) ?? throw Refused();
        }

        return isClosed ? throw Refused() : Caller.Open;
    }

    // In a time that does not tell what is wrong with it, and without saying so.
    private static RefusedException Refused() => Unauthorized("The key or token is not known here, or has expired.");

    private static RefusedException Unauthorized(string detail) => new(ErrorCode.Unauthorized, detail);

    private static string Shown(HttpRequest request)
    {
        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : request.Headers["x-api-key"].ToString();
    }

    private static byte[] Digest(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
