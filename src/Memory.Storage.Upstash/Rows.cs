using System.Globalization;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>Reads what scripts and commands answer. Hash fields and scores are texts, whatever they hold.</summary>
internal static class Rows
{
    /// <summary>The fields of a thread's head that <see cref="Thread"/> reads.</summary>
    public static readonly string[] ThreadFields = ["r", "t", "m", "c", "u", "l", "n", "v", "z"];

    public static bool IsNothing(JsonElement value) => value.ValueKind is JsonValueKind.Null or JsonValueKind.False;

    public static string? Text(JsonElement value) => IsNothing(value) ? null : value.GetString();

    public static long Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? value.GetInt64() : long.Parse(value.GetString() ?? "0", NumberStyles.AllowLeadingSign | NumberStyles.AllowExponent | NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture);

    public static DateTimeOffset Time(JsonElement value) => Timestamps.FromUnixMicroseconds(Number(value));

    public static double? Double(JsonElement value) => value.GetString() is { Length: > 0 } text ? double.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>A thread's time to live as scripts take it; empty for none of its own.</summary>
    public static string Seconds(ThreadRecord thread) => thread.TimeToLive is { } timeToLive ? Packed.Number((long)timeToLive.TotalSeconds) : "";

    /// <summary>A thread from the values of <see cref="ThreadFields"/>; null when it is not there.</summary>
    public static ThreadRecord? Thread(string threadId, JsonElement fields) => IsNothing(fields) || IsNothing(fields[0]) ? null : new ThreadRecord
    {
        Id = threadId,
        ResourceId = fields[0].GetString()!, // looked at
        Title = Text(fields[1]),
        Metadata = Text(fields[2]) is { } metadata ? new RawJson(metadata) : null,
        CreatedAt = Time(fields[3]),
        UpdatedAt = Time(fields[4]),
        LastPosition = Number(fields[5]),
        MessageCount = Number(fields[6]),
        Version = Number(fields[7]),
        TimeToLive = IsNothing(fields[8]) ? null : TimeSpan.FromSeconds(Number(fields[8])),
    };

    /// <summary>Messages from members and scores in turn.</summary>
    public static IEnumerable<Message> Messages(string threadId, JsonElement members)
    {
        for (var i = 0; i + 1 < members.GetArrayLength(); i += 2)
        {
            yield return MessageText.Read(threadId, members[i].GetString()!, Number(members[i + 1])); // members are texts
        }
    }
}
