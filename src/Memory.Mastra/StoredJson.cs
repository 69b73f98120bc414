using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Mastra;

/// <summary>JSON as Mastra stores it, read and put together from pieces that stay as they are.</summary>
internal static class StoredJson
{
    /// <summary>The JSON, with halves of surrogate pairs replaced; null when it is none, or nested deeper than Core reads.</summary>
    public static JsonDocument? TryParse(string text)
    {
        try
        {
            return new RawJson(text).Parse();
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string Object(IEnumerable<(string Name, string Json)> members) =>
        new StringBuilder("{").AppendJoin(',', members.Select(member => $"{String(member.Name)}:{member.Json}")).Append('}').ToString();

    public static string Array(IEnumerable<string> items) => new StringBuilder("[").AppendJoin(',', items).Append(']').ToString();

    public static string String(string text) => MessageContent.FromText(text).Json.Text;
}
