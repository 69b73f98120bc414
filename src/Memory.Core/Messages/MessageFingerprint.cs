using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Tells whether two messages say the same: role, name, content and metadata, white space and order of object members aside.</summary>
/// <remarks>
/// The time is left out: it is the server's own when the caller gives none, so that a retry would differ.
/// An edit keeps the fingerprint of the append, so that a late redelivery of that append is still recognized.
/// </remarks>
public static class MessageFingerprint
{
    /// <summary>The first 16 bytes of SHA-256 over a canonical form.</summary>
    public static byte[] Of(MessageRole role, string? name, MessageContent content, RawJson? metadata)
    {
        var buffer = new ArrayBufferWriter<byte>(256);
        buffer.Write([(byte)role, name is null ? (byte)0 : (byte)1]);
        Encoding.UTF8.GetBytes(name ?? "", buffer);
        buffer.Write([(byte)0]);
        WriteCanonical(buffer, content.Json);
        buffer.Write([(byte)0]);
        if (metadata is not null)
        {
            WriteCanonical(buffer, metadata);
        }

        return SHA256.HashData(buffer.WrittenSpan)[..16];
    }

    private static void WriteCanonical(ArrayBufferWriter<byte> buffer, RawJson json)
    {
        // A string has one canonical form unless it is escaped: most messages take this way.
        if (json.Text[0] == '"' && !json.Text.Contains('\\', StringComparison.Ordinal))
        {
            Encoding.UTF8.GetBytes(json.Text, buffer);
            return;
        }

        var readable = LoneSurrogates.Name(json.Text);
        if (readable != json.Text)
        {
            buffer.Write([(byte)1]); // so that what stands for half a pair is not taken for the same text written out
        }

        using var document = JsonDocument.Parse(readable);
        WriteCanonical(buffer, document.RootElement);
    }

    private static void WriteCanonical(ArrayBufferWriter<byte> buffer, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                buffer.Write("{"u8);
                foreach (var member in value.EnumerateObject().OrderBy(m => m.Name, StringComparer.Ordinal))
                {
                    WriteString(buffer, member.Name);
                    buffer.Write(":"u8);
                    WriteCanonical(buffer, member.Value);
                    buffer.Write(","u8);
                }

                buffer.Write("}"u8);
                break;
            case JsonValueKind.Array:
                buffer.Write("["u8);
                foreach (var item in value.EnumerateArray())
                {
                    WriteCanonical(buffer, item);
                    buffer.Write(","u8);
                }

                buffer.Write("]"u8);
                break;
            case JsonValueKind.String:
                WriteString(buffer, value.GetString()!); // a string, as its kind says
                break;
            default:
                // Numbers stay as written: 1.0 and 1 are different texts, and content is kept verbatim.
                Encoding.UTF8.GetBytes(value.GetRawText(), buffer);
                break;
        }
    }

    private static void WriteString(ArrayBufferWriter<byte> buffer, string text)
    {
        buffer.Write("\""u8);
        Encoding.UTF8.GetBytes(text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal), buffer);
        buffer.Write("\""u8);
    }
}
