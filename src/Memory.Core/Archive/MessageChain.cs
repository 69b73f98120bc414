using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Memory.Core;

/// <summary>
/// A chain of hashes over the messages of a thread: each link is the SHA-256 of the one before and of everything a message holds, so that two chains that end alike are of the same
/// messages in the same order. Line breaks between the tokens of a caller's JSON count as spaces, as an archive has them.
/// </summary>
internal sealed class MessageChain
{
    private readonly ArrayBufferWriter<byte> link = new(1024);
    private readonly byte[] value = new byte[SHA256.HashSizeInBytes];

    /// <summary>The last link in hexadecimal digits; zeros before the first.</summary>
    public string Value => Convert.ToHexStringLower(value);

    /// <summary>Adds a message.</summary>
    public void Add(Message message)
    {
        link.ResetWrittenCount();
        link.Write(value);
        Write(message.Position);
        Write((long)message.Role);
        Write(message.CreatedAt.ToUnixMicroseconds());
        Write(message.Id);
        Write(message.Name);
        Write(message.Content.Json.Text);
        Write(message.Metadata?.Text);
        SHA256.HashData(link.WrittenSpan, value);
    }

    /// <summary>Whether two messages would make the same link.</summary>
    public static bool AreSame(Message one, Message other) =>
        one.Position == other.Position && one.Role == other.Role && one.CreatedAt == other.CreatedAt && one.Id == other.Id && one.Name == other.Name
        && Plain(one.Content.Json.Text) == Plain(other.Content.Json.Text) && Plain(one.Metadata?.Text) == Plain(other.Metadata?.Text);

    private static string? Plain(string? text) => text?.Replace('\n', ' ').Replace('\r', ' ');

    private void Write(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(link.GetSpan(sizeof(long)), number);
        link.Advance(sizeof(long));
    }

    // Its length comes first, so that no two rows of texts are written alike.
    private void Write(string? text)
    {
        Write(text is null ? -1 : Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(Plain(text) ?? "", link);
    }
}
