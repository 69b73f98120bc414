using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// What things are called in an index: hexadecimal digits of hashes, so that no id of a caller is ever part of a path, a prefix or a filter, for which no escapes are documented.
/// </summary>
internal sealed class VectorNames
{
    /// <summary>The length of a hash in digits: 96 bits, so that no two ids are met that have the same.</summary>
    public const int HashLength = 24;

    private const int SpaceLength = 12;
    private readonly string name;

    public VectorNames(UpstashOptions options)
    {
        // Two prefixes that differ in a replaced character only are still two environments.
        var prefix = options.Prefix;
        var safe = Regex.Replace(prefix, "[^A-Za-z0-9_-]", "-");
        name = options.Vector.IndexName.Length > 0 ? options.Vector.IndexName : safe == prefix ? prefix : $"{safe}-{Hash(prefix)[..6]}";
    }

    /// <summary>The namespace of an embedding space.</summary>
    public string Namespace(EmbeddingSpace space) => $"{name}-{Hash($"{space.Dimensions}\n{space.Model}")[..SpaceLength]}";

    /// <summary>Whether a namespace is of this environment, whatever its space.</summary>
    public bool IsOurs(string space) =>
        space.Length == name.Length + 1 + SpaceLength && space.StartsWith($"{name}-", StringComparison.Ordinal) && space[^SpaceLength..].All(char.IsAsciiHexDigitLower);

    /// <summary>The digits that stand for an id.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..HashLength];

    /// <summary>What the ids of a thread's vectors begin with.</summary>
    public static string Of(string threadId) => $"{Hash(threadId)}.";

    /// <summary>What the ids of a message's vectors begin with.</summary>
    public static string Of(string threadId, string messageId) => $"{Of(threadId)}{Hash(messageId)}.";

    /// <summary>What the ids of a content's vectors begin with.</summary>
    public static string Of(ContentVersion content) => $"{Of(content.ThreadId, content.MessageId)}{Hash($"{content.Revision}\n{content.Fingerprint}")}.";

    /// <summary>What the ids of a content's vectors under a resource begin with; the number of the chunk follows.</summary>
    public static string Of(ContentVersion content, string resourceId) => $"{Of(content)}{Hash(resourceId)}.";
}
