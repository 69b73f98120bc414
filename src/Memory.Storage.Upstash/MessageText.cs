using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>A message as a member of its thread's sorted set, whose score is its position: role, time, <c>[name, content, metadata]</c> with both texts as they came, a line feed, its id.</summary>
internal static class MessageText
{
    private const int TimeAt = 1, JsonAt = TimeAt + Packed.TimeWidth;

    public static char Role(MessageRole role) => (char)('0' + (int)role);

    public static string Of(string id, MessageRole role, DateTimeOffset createdAt, string? name, MessageContent content, RawJson? metadata)
    {
        var encoded = name is null ? "null" : $"\"{JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"";
        return $"{Role(role)}{Packed.Time(createdAt.ToUnixMicroseconds())}[{encoded},{content.Json.Text},{metadata?.Text ?? "null"}]\n{id}";
    }

    public static Message Read(string threadId, string member, long position)
    {
        var end = member.LastIndexOf('\n');
        var json = Encoding.UTF8.GetBytes(member, JsonAt, end - JsonAt);
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = int.MaxValue }); // as deep as it was let in, and one more
        reader.Read();
        reader.Read();
        var name = reader.TokenType == JsonTokenType.Null ? null : reader.GetString();
        var content = Raw(ref reader, json);
        var metadata = Raw(ref reader, json);
        return new Message
        {
            ThreadId = threadId,
            Id = member[(end + 1)..],
            Position = position,
            Role = (MessageRole)(member[0] - '0'),
            Name = name,
            Content = MessageContent.FromStore(content),
            Metadata = metadata == "null" ? null : new RawJson(metadata),
            CreatedAt = Timestamps.FromUnixMicroseconds(Packed.Microseconds(member.AsSpan(TimeAt, Packed.TimeWidth))),
        };
    }

    private static string Raw(ref Utf8JsonReader reader, byte[] json)
    {
        reader.Read();
        var start = (int)reader.TokenStartIndex;
        reader.Skip();
        return Encoding.UTF8.GetString(json.AsSpan(start, (int)reader.BytesConsumed - start));
    }
}
