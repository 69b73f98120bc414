using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Memory.Http.Tests;

/// <summary>An OpenID Connect provider as far as its tokens go: its description, its keys, and tokens signed with them.</summary>
internal sealed class IdentityProvider : IAsyncDisposable
{
    private readonly WebApplication app;
    private RsaSecurityKey key = NewKey();

    private IdentityProvider(WebApplication app) => this.app = app;

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First(); // Kestrel has it

    /// <summary>Whether it answers.</summary>
    public bool IsAway { get; set; }

    public static async Task<IdentityProvider> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var provider = new IdentityProvider(app);
        app.Run(context => provider.IsAway
            ? Fail(context)
            : context.Request.Path == "/.well-known/openid-configuration"
                ? context.Response.WriteAsJsonAsync(new { issuer = provider.Url, jwks_uri = $"{provider.Url}/keys" })
                : context.Response.WriteAsJsonAsync(new { keys = new[] { provider.PublicKey() } }));
        await app.StartAsync();
        return provider;
    }

    /// <summary>Signs with another key from now on.</summary>
    public void ChangeKey() => key = NewKey();

    public string Issue(string audience, params (string Type, string Value)[] claims) =>
        Issue(audience, DateTime.UtcNow.AddMinutes(5), new SigningCredentials(key, SecurityAlgorithms.RsaSha256), claims);

    public string IssueExpired(string audience, params (string Type, string Value)[] claims) =>
        Issue(audience, DateTime.UtcNow.AddMinutes(-5), new SigningCredentials(key, SecurityAlgorithms.RsaSha256), claims);

    /// <summary>A token signed with the public key as if it were a secret, which careless services take.</summary>
    public string IssueConfused(string audience, params (string Type, string Value)[] claims) =>
        Issue(audience, DateTime.UtcNow.AddMinutes(5), new SigningCredentials(new SymmetricSecurityKey(key.Rsa.ExportSubjectPublicKeyInfo()), SecurityAlgorithms.HmacSha256), claims);

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private string Issue(string audience, DateTime expires, SigningCredentials credentials, (string Type, string Value)[] claims) =>
        new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Url,
            Audience = audience,
            NotBefore = expires.AddMinutes(-10),
            IssuedAt = expires.AddMinutes(-10),
            Expires = expires,
            Subject = new ClaimsIdentity(claims.Select(claim => new Claim(claim.Type, claim.Value))),
            SigningCredentials = credentials,
        });

    private object PublicKey()
    {
        var parameters = key.Rsa.ExportParameters(includePrivateParameters: false);
        return new { kty = "RSA", use = "sig", alg = "RS256", kid = key.KeyId, n = Base64UrlEncoder.Encode(parameters.Modulus), e = Base64UrlEncoder.Encode(parameters.Exponent) };
    }

    private static RsaSecurityKey NewKey() => new(RSA.Create(2_048)) { KeyId = Guid.NewGuid().ToString("N") };

    private static Task Fail(HttpContext context)
    {
        context.Response.StatusCode = 503;
        return Task.CompletedTask;
    }
}
