using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>What a message says: a JSON string, or an array of parts each with a <c>type</c>. Kept verbatim; only text is searched.</summary>
public sealed class MessageContent
{
    private string? text;

    private MessageContent(RawJson json) => Json = json;

    /// <summary>The content as it was sent.</summary>
    public RawJson Json { get; }

    /// <summary>The words in it: the string itself, or its <c>text</c> parts joined by line feeds. Empty when there are none.</summary>
    public string Text => text ??= ReadText();

    private bool IsParts => Json.Text.AsSpan().TrimStart()[0] == '[';

    /// <summary>Accepts a string or an array of objects with a string <c>type</c>; otherwise says what is wrong and where below the content.</summary>
    public static bool TryCreate(RawJson json, out MessageContent content, out string problem)
    {
        content = new MessageContent(json);
        problem = "";
        using var document = json.Parse();
        switch (document.RootElement.ValueKind)
        {
            case JsonValueKind.String:
                return true;
            case JsonValueKind.Array:
                foreach (var part in document.RootElement.EnumerateArray())
                {
                    if (part.ValueKind != JsonValueKind.Object || !part.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
                    {
                        problem = "must hold objects with a string \"type\", such as {\"type\": \"text\", \"text\": \"…\"}";
                        return false;
                    }
                }

                return true;
            default:
                problem = "must be a string or an array of parts";
                return false;
        }
    }

    /// <summary>Content that a store kept: it was checked when it came in.</summary>
    public static MessageContent FromStore(string json) => new(new RawJson(json));

    /// <summary>Content made of plain text.</summary>
    public static MessageContent FromText(string text) =>
        new(new RawJson($"\"{JsonEncodedText.Encode(text, System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping)}\"")) { text = text };

    /// <summary>Ids of the tool calls made in this message (<c>tool-call</c> parts, <c>toolCallId</c> or <c>id</c>).</summary>
    public IEnumerable<string> ToolCalls() => PartIds("tool-call");

    /// <summary>Ids of the tool calls answered in this message (<c>tool-result</c> parts).</summary>
    public IEnumerable<string> ToolResults() => PartIds("tool-result");

    private List<string> PartIds(string type)
    {
        List<string> ids = [];
        if (!IsParts || !Json.Text.Contains(type, StringComparison.Ordinal))
        {
            return ids;
        }

        using var document = Json.Parse();
        foreach (var part in document.RootElement.EnumerateArray())
        {
            if (part.TryGetProperty("type", out var kind) && kind.ValueEquals(type)
                && (part.TryGetProperty("toolCallId", out var id) || part.TryGetProperty("id", out id))
                && id.ValueKind == JsonValueKind.String)
            {
                ids.Add(id.GetString()!); // a string, as its kind says
            }
        }

        return ids;
    }

    private string ReadText()
    {
        // Most messages are a plain string, and every recall reads the text of all it returns.
        var json = Json.Text.AsSpan().Trim();
        if (json[0] == '"' && !json.Contains('\\'))
        {
            return json[1..^1].ToString();
        }

        using var document = Json.Parse();
        if (document.RootElement.ValueKind == JsonValueKind.String)
        {
            return document.RootElement.GetString()!; // a string, as its kind says
        }

        var all = new StringBuilder();
        foreach (var part in document.RootElement.EnumerateArray())
        {
            if (part.TryGetProperty("type", out var type) && type.ValueEquals("text")
                && part.TryGetProperty("text", out var words) && words.ValueKind == JsonValueKind.String)
            {
                all.Append(all.Length > 0 ? "\n" : "").Append(words.GetString());
            }
        }

        return all.ToString();
    }
}
