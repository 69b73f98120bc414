using System.Text;
using System.Text.Json;

namespace Memory.Fakes;

/// <summary>Redis's replies in JSON, as Upstash writes them.</summary>
internal static class RedisJson
{
    /// <summary>Writes an entry: <c>{"result":…}</c> or <c>{"error":"…"}</c>.</summary>
    public static void Write(Utf8JsonWriter writer, RedisReply reply, bool inBase64)
    {
        writer.WriteStartObject();
        if (reply.IsError)
        {
            writer.WriteString("error", reply.Text);
        }
        else
        {
            writer.WritePropertyName("result");
            WriteValue(writer, reply, inBase64);
        }

        writer.WriteEndObject();
    }

    private static void WriteValue(Utf8JsonWriter writer, RedisReply reply, bool inBase64)
    {
        switch (reply.Kind)
        {
            case RedisReplyKind.Null:
                writer.WriteNullValue();
                break;
            case RedisReplyKind.Integer:
                writer.WriteNumberValue(reply.Number);
                break;
            case RedisReplyKind.Array:
                writer.WriteStartArray();
                foreach (var item in reply.Items)
                {
                    WriteValue(writer, item, inBase64);
                }

                writer.WriteEndArray();
                break;
            case RedisReplyKind.Status when reply.Text == "OK":
                writer.WriteStringValue("OK"); // the only text that is never base64; a stored "OK" is, which is inferred and not documented
                break;
            case RedisReplyKind.Error:
                writer.WriteStringValue(reply.Text); // inside an array; where the documentation is silent
                break;
            default:
                writer.WriteStringValue(inBase64 ? Convert.ToBase64String(reply.Bytes) : Encoding.UTF8.GetString(reply.Bytes)); // what is no UTF-8 becomes U+FFFD
                break;
        }
    }
}
