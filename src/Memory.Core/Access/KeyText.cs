using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Memory.Core;

/// <summary>A key as its holder shows it: <c>mem_ID_SECRET</c>, a lower-case id of 12 letters and digits, and 32 random bytes in base64url. It has no text form but <see cref="Reveal"/>, so that no log gets it by accident.</summary>
public sealed class KeyText
{
    /// <summary>What every key begins with, by which scanners of source code know it.</summary>
    public const string Start = "mem_";

    private const int IdLength = 12, SecretBytes = 32;
    private const string IdCharacters = "abcdefghjkmnpqrstuvwxyz23456789"; // none that is taken for another

    private readonly string secret;

    private KeyText(string id, string secret) => (Id, this.secret) = (id, secret);

    /// <summary>The key's id.</summary>
    public string Id { get; }

    /// <summary>A new key.</summary>
    public static KeyText New() => new(RandomNumberGenerator.GetString(IdCharacters, IdLength), Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(SecretBytes)));

    /// <summary>Takes a shown key apart; null when it can be none.</summary>
    public static KeyText? TryParse(string text)
    {
        if (text.Length != Start.Length + IdLength + 1 + Base64Url.GetEncodedLength(SecretBytes) || !text.StartsWith(Start, StringComparison.Ordinal) || text[Start.Length + IdLength] != '_')
        {
            return null;
        }

        var id = text.Substring(Start.Length, IdLength);
        return id.All(IdCharacters.Contains) ? new KeyText(id, text[(Start.Length + IdLength + 1)..]) : null;
    }

    /// <summary>The key as its holder is to show it.</summary>
    public string Reveal() => $"{Start}{Id}_{secret}";

    /// <summary>What is kept of the secret.</summary>
    public string Hash() => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    /// <summary>Whether a kept hash is its own, in a time that tells nothing about either.</summary>
    public bool Matches(string hash) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Hash()), Encoding.ASCII.GetBytes(hash));
}
