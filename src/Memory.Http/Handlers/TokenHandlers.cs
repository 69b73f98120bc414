using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The tokens that an application's back end hands to agents at the edge.</summary>
public sealed class TokenHandlers
{
    private readonly ResourceTokens tokens;

    internal TokenHandlers(ResourceTokens tokens) => this.tokens = tokens;

    /// <summary><c>POST /v1/tokens</c></summary>
    public async Task<IResult> IssueAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var request = await RequestReader.ReadAsync(context.Request, HttpJson.Api.TokenRequest, ThreadHandlers.MaxBytes, cancellationToken);
        var (usual, most) = tokens.Lifetimes;
        var errors = new FieldErrors();
        errors.CheckId("$.resourceId", request.ResourceId);
        if (!AccessScopeNames.TryParse(request.Scopes ?? ["read", "write"], out var scopes) || scopes.HasFlag(AccessScopes.Admin))
        {
            errors.Add("$.scopes", "must be \"read\", \"write\", or both");
        }

        var seconds = errors.Number("$.expiresInSeconds", request.ExpiresInSeconds, (int)usual.TotalSeconds, 1, (int)most.TotalSeconds);
        errors.ThrowIfAny();

        var resourceId = Caller.Of(context).Resource(request.ResourceId);
        var (token, expiresAt) = tokens.Issue(resourceId, scopes, TimeSpan.FromSeconds(seconds));
        context.Response.Headers.CacheControl = "no-store";
        return TypedResults.Json(new TokenResponse(token, resourceId, scopes.Names(), expiresAt), HttpJson.Api.TokenResponse, statusCode: 201);
    }
}
