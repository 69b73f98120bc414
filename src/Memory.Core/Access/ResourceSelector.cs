namespace Memory.Core;

/// <summary>Whose memory: one resource's, that of all whose ids begin with something, or everybody's. There is no empty one.</summary>
public sealed record ResourceSelector
{
    private ResourceSelector(string? one, string? prefix) => (One, Prefix) = (one, prefix);

    /// <summary>Everybody's.</summary>
    public static ResourceSelector All { get; } = new(null, null);

    /// <summary>The only resource; null for several.</summary>
    public string? One { get; }

    /// <summary>What the ids of the resources begin with, compared byte by byte; null for one, and for all.</summary>
    public string? Prefix { get; }

    /// <summary>Whether it is everybody's.</summary>
    public bool IsAll => (One, Prefix) is (null, null);

    /// <summary>One resource's.</summary>
    /// <exception cref="ArgumentException">It is no id.</exception>
    public static ResourceSelector Only(string resourceId) => new(Checked(resourceId), null);

    /// <summary>That of all whose ids begin with something. End it with a separator: <c>acme/</c> begins nobody's id but acme's.</summary>
    /// <exception cref="ArgumentException">No id can begin with it.</exception>
    public static ResourceSelector BeginningWith(string prefix) => new(null, Checked(prefix));

    /// <summary>Whether a resource is among them.</summary>
    public bool Includes(string resourceId) => One is not null ? resourceId == One : Prefix is null || resourceId.StartsWith(Prefix, StringComparison.Ordinal);

    private static string Checked(string text) => Identifier.IsValid(text) ? text : throw new ArgumentException($"It {Identifier.Rule}.", nameof(text));
}
