using System.Text.Json;

namespace Memory.Core;

/// <summary>What somebody may do, and with whose memory.</summary>
/// <param name="Scopes">What may be done.</param>
/// <param name="Resources">With whose memory.</param>
public sealed record AccessGrant(AccessScopes Scopes, ResourceSelector Resources)
{
    /// <summary>Everything, with everybody's.</summary>
    public static AccessGrant Everything { get; } = new(AccessScopes.Admin, ResourceSelector.All);

    /// <summary>Whether all of some scopes are granted; <see cref="AccessScopes.Admin"/> has the others in it.</summary>
    public bool Allows(AccessScopes scopes) => Scopes.HasFlag(AccessScopes.Admin) || (Scopes & scopes) == scopes;

    /// <summary>As it is kept: one line of JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(new GrantDocument { Scopes = Scopes.Names(), Resource = Resources.One, Prefix = Resources.Prefix }, CoreJson.Default.GrantDocument);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static AccessGrant FromJson(string json)
    {
        var document = JsonSerializer.Deserialize(json, CoreJson.Default.GrantDocument) ?? throw new JsonException("A grant is null.");
        return new AccessGrant(
            AccessScopeNames.TryParse(document.Scopes, out var scopes) ? scopes : throw new JsonException("A grant has a scope that this version does not know."),
            (document.Resource, document.Prefix) switch
            {
                ({ } one, null) => ResourceSelector.Only(one),
                (null, { } prefix) => ResourceSelector.BeginningWith(prefix),
                (null, null) => ResourceSelector.All,
                _ => throw new JsonException("A grant is for one resource and for a prefix."),
            });
    }
}

/// <summary>A grant as it is kept.</summary>
public sealed record GrantDocument
{
    /// <summary>Its scopes' names.</summary>
    public required IReadOnlyList<string> Scopes { get; init; }

    /// <summary>The only resource, if it is for one.</summary>
    public string? Resource { get; init; }

    /// <summary>What the resources begin with, if it is for those.</summary>
    public string? Prefix { get; init; }
}
