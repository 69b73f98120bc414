using System.ComponentModel.DataAnnotations;

namespace Memory.Http;

/// <summary>Resource tokens (configuration: <c>Memory:Http:Tokens</c>).</summary>
public sealed class TokenOptions
{
    /// <summary>The key that signs them: 32 random bytes or more in base64 (<c>openssl rand -base64 32</c>), the same on every instance. Empty for no tokens.</summary>
    public string? SigningKey { get; set; }

    /// <summary>The key before this one, whose tokens are still taken.</summary>
    public string? PreviousSigningKey { get; set; }

    /// <summary>The longest life of a token, in seconds: nobody can take one back.</summary>
    [Range(1, 86_400)]
    public int MaxSeconds { get; set; } = 3_600;

    internal string? Problem() =>
        !IsKey(SigningKey) ? "Memory:Http:Tokens:SigningKey must be at least 32 bytes in base64: openssl rand -base64 32."
        : !IsKey(PreviousSigningKey) ? "Memory:Http:Tokens:PreviousSigningKey must be at least 32 bytes in base64, as the one it was."
        : string.IsNullOrEmpty(SigningKey) && !string.IsNullOrEmpty(PreviousSigningKey) ? "Memory:Http:Tokens:PreviousSigningKey needs Memory:Http:Tokens:SigningKey."
        : null;

    private static bool IsKey(string? text)
    {
        var bytes = new byte[text?.Length ?? 0];
        return string.IsNullOrEmpty(text) || (Convert.TryFromBase64String(text, bytes, out var length) && length >= 32);
    }
}
