using Memory.Core;

namespace Memory.Http;

/// <summary>Access tokens of an OpenID Connect provider (configuration: <c>Memory:Http:Jwt</c>).</summary>
public sealed class JwtOptions
{
    /// <summary>The issuer's address, whose <c>/.well-known/openid-configuration</c> names its keys: for Entra <c>https://login.microsoftonline.com/TENANT/v2.0</c>. Empty for none.</summary>
    public string? Authority { get; set; }

    /// <summary>Whom a token must be meant for (<c>aud</c>): the application's id or its URI. Required with an authority.</summary>
    public string? Audience { get; set; }

    /// <summary>The claim that names the caller's resource. For Entra <c>oid</c> is the same user in every application, <c>sub</c> is another in each.</summary>
    public string ResourceClaim { get; set; } = "sub";

    /// <summary>What stands before it in the resource's id.</summary>
    public string ResourcePrefix { get; set; } = "";

    /// <summary>The claim that lists roles; <c>scp</c> and <c>scope</c> are looked at too.</summary>
    public string RolesClaim { get; set; } = "roles";

    /// <summary>The role that may read.</summary>
    public string ReadRole { get; set; } = "Memory.Read";

    /// <summary>The role that may write.</summary>
    public string WriteRole { get; set; } = "Memory.Write";

    /// <summary>The role that may do everything with everybody's memory.</summary>
    public string AdminRole { get; set; } = "Memory.Admin";

    /// <summary>What a token without any of these roles may do with its own resource: <c>read</c>, <c>write</c>, both with a comma between, or empty for nothing.</summary>
    public string DefaultScopes { get; set; } = "read,write";

    internal static bool IsLoopback(string url) => Uri.TryCreate(url, UriKind.Absolute, out var uri) && uri.IsLoopback;

    internal AccessScopes Defaults() =>
        AccessScopeNames.TryParse(DefaultScopes.Split(',', StringSplitOptions.TrimEntries), out var scopes) ? scopes : AccessScopes.None;

    internal string? Problem() =>
        string.IsNullOrEmpty(Authority)
            ? string.IsNullOrEmpty(Audience) ? null : "Memory:Http:Jwt:Audience needs Memory:Http:Jwt:Authority."
            : !Uri.TryCreate(Authority, UriKind.Absolute, out var uri) || !(uri.Scheme == Uri.UriSchemeHttps || uri is { IsLoopback: true, Scheme: "http" })
                ? "Memory:Http:Jwt:Authority must be an https address, such as https://login.microsoftonline.com/TENANT/v2.0."
            : string.IsNullOrEmpty(Audience) ? "Memory:Http:Jwt:Audience is required with an authority: whose tokens would otherwise be taken?"
            : string.IsNullOrEmpty(ResourceClaim) || string.IsNullOrEmpty(RolesClaim) ? "Memory:Http:Jwt:ResourceClaim and Memory:Http:Jwt:RolesClaim must not be empty."
            : DefaultScopes.Length > 0 && (Defaults() == AccessScopes.None || Defaults().HasFlag(AccessScopes.Admin)) ? "Memory:Http:Jwt:DefaultScopes must be read, write, both with a comma between, or empty."
            : null;
}
