namespace Memory.Core;

/// <summary>What may be done.</summary>
[Flags]
public enum AccessScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>To read, recall and export.</summary>
    Read = 1,

    /// <summary>To append, change and remove messages, threads and working memory.</summary>
    Write = 2,

    /// <summary>Both, and to list and erase resources and to hand out tokens; with everybody's memory also to move it to another embedder.</summary>
    Admin = 4,
}

/// <summary>Scopes as they are written: <c>read</c>, <c>write</c>, <c>admin</c>.</summary>
public static class AccessScopeNames
{
    private static readonly (AccessScopes Scope, string Name)[] Known = [(AccessScopes.Read, "read"), (AccessScopes.Write, "write"), (AccessScopes.Admin, "admin")];

    /// <summary>All names, for a message.</summary>
    public static string List { get; } = string.Join(", ", Known.Select(known => known.Name));

    /// <summary>The names of some scopes.</summary>
    public static IReadOnlyList<string> Names(this AccessScopes scopes) => [.. Known.Where(known => scopes.HasFlag(known.Scope)).Select(known => known.Name)];

    /// <summary>The scopes of some names, which may be in any order and repeated.</summary>
    public static bool TryParse(IEnumerable<string> names, out AccessScopes scopes)
    {
        scopes = AccessScopes.None;
        foreach (var name in names)
        {
            var known = Known.FirstOrDefault(known => known.Name == name);
            if (known.Scope == AccessScopes.None)
            {
                return false;
            }

            scopes |= known.Scope;
        }

        return scopes != AccessScopes.None;
    }
}
