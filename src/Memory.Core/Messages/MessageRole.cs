namespace Memory.Core;

/// <summary>Who speaks in a message.</summary>
public enum MessageRole
{
    /// <summary>Instructions that frame the conversation.</summary>
    System,

    /// <summary>Instructions from the application's developer, as newer models name them.</summary>
    Developer,

    /// <summary>The person, or the agent being served.</summary>
    User,

    /// <summary>The model.</summary>
    Assistant,

    /// <summary>A tool's answer.</summary>
    Tool,
}

/// <summary>Roles as they are written in JSON and in every store: the lower-case name.</summary>
public static class MessageRoles
{
    private static readonly string[] Names = ["system", "developer", "user", "assistant", "tool"];

    /// <summary>All names, for messages and documentation.</summary>
    public static string List { get; } = string.Join(", ", Names);

    /// <summary>The role's wire name.</summary>
    public static string Name(this MessageRole role) => Names[(int)role];

    /// <summary>Reads a wire name exactly as written: no other case, no number.</summary>
    public static bool TryParse(string? name, out MessageRole role)
    {
        var at = Array.IndexOf(Names, name);
        role = (MessageRole)Math.Max(at, 0);
        return at >= 0;
    }
}
