using System.Text.Json;
using Memory.Core;

namespace Memory.Mastra;

/// <summary>
/// Reads a message's content: an object <c>{format: 2, parts: […], …}</c>, or of older versions a text or an array of parts. Parts stay as they are, but for invocations of tools, which
/// are a call and a result with us (<see cref="ToolInvocation"/>); a message of one part of text and nothing more is that text.
/// </summary>
internal static class StoredContent
{
    // Deeper than anything is parsed later: what an invocation's result loses in depth by the move must first be read.
    private static readonly JsonDocumentOptions Deep = new() { MaxDepth = 256 };

    // Those that say the same as the parts, or become parts; and the metadata.
    private static readonly Dictionary<string, JsonValueKind> Known = new(StringComparer.Ordinal)
    {
        ["format"] = JsonValueKind.Number,
        ["parts"] = JsonValueKind.Array,
        ["content"] = JsonValueKind.String,
        ["reasoning"] = JsonValueKind.String,
        ["toolInvocations"] = JsonValueKind.Array,
        ["experimental_attachments"] = JsonValueKind.Array,
        ["metadata"] = JsonValueKind.Object,
    };

    /// <summary>Reads content and metadata.</summary>
    /// <param name="stored">The column.</param>
    /// <param name="role">The role it had, if it has another one with us.</param>
    /// <param name="type">The row's type, if it says something.</param>
    /// <param name="notes">Counts what is changed.</param>
    public static (MessageContent Content, RawJson? Metadata) Read(string stored, string? role, string? type, NoteCounter notes)
    {
        List<(string Name, string Json)> extra = [];
        if (role is not null)
        {
            extra.Add(("role", StoredJson.String(role)));
        }

        if (type is not null)
        {
            extra.Add(("type", StoredJson.String(type)));
        }

        try
        {
            return Read(stored, stored, extra, notes);
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair in a name or an id, which no text can hold. In words it does no harm: they are not looked at, and stay as they are.
            using var readable = StoredJson.TryParse(stored);
            return Read(readable?.RootElement.GetRawText() ?? "", stored, extra, notes);
        }
    }

    private static (MessageContent Content, RawJson? Metadata) Read(string json, string stored, IReadOnlyList<(string Name, string Json)> extra, NoteCounter notes)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(json, Deep);
        }
        catch (JsonException)
        {
            return (MessageContent.FromText(stored), Metadata(null, extra)); // what older versions wrote of a text
        }

        using (document)
        {
            var root = document.RootElement;
            var ours = root.ValueKind switch
            {
                JsonValueKind.String => root.GetRawText(),
                JsonValueKind.Array when root.EnumerateArray().All(IsPart) => Content([.. root.EnumerateArray().Select(part => part.GetRawText())]),
                JsonValueKind.Object when root.TryGetProperty("parts", out var parts) && parts.ValueKind == JsonValueKind.Array => Content(Parts(root, parts, notes)),
                _ => null,
            };
            if (ours is null || !TryCreate(ours, out var content))
            {
                notes.Add(MastraNotes.ContentAsText);
                return (MessageContent.FromText(stored), Metadata(null, extra));
            }

            if (root.ValueKind != JsonValueKind.Object)
            {
                return (content, Metadata(null, extra));
            }

            var beside = root.EnumerateObject()
                .Where(member => member.Value.ValueKind != JsonValueKind.Null && (!Known.TryGetValue(member.Name, out var kind) || kind != member.Value.ValueKind))
                .Select(member => (member.Name, member.Value.GetRawText()));
            return (content, Metadata(Beside(root, "metadata"), [.. extra, .. beside]));
        }
    }

    private static List<string> Parts(JsonElement content, JsonElement parts, NoteCounter notes)
    {
        List<string> all = [];
        HashSet<string> invoked = new(StringComparer.Ordinal), files = new(StringComparer.Ordinal);
        bool hasText = false, hasReasoning = false;
        foreach (var part in parts.EnumerateArray())
        {
            if (!IsPart(part))
            {
                notes.Add(MastraNotes.PartsWithoutType);
                all.Add($$"""{"type":"unknown","value":{{part.GetRawText()}}}""");
                continue;
            }

            switch (part.GetProperty("type").GetString())
            {
                case "tool-invocation" when part.TryGetProperty("toolInvocation", out var invocation) && ToolInvocation.IdOf(invocation) is { } id:
                    invoked.Add(id);
                    all.AddRange(ToolInvocation.Split(invocation, part));
                    continue;
                case "text":
                    hasText = true;
                    break;
                case "reasoning":
                    hasReasoning = true;
                    break;
                case "file" when part.TryGetProperty("data", out var data) && data.ValueKind == JsonValueKind.String:
                    files.Add(data.GetRawText());
                    break;
                default:
                    break;
            }

            all.Add(part.GetRawText());
        }

        // What the oldest versions kept beside the parts, and newer ones both there and among them.
        if (!hasReasoning && Beside(content, "reasoning") is { } reasoning)
        {
            all.Insert(0, $$"""{"type":"reasoning","reasoning":{{reasoning.GetRawText()}}}""");
        }

        foreach (var invocation in Items(content, "toolInvocations").Where(invocation => ToolInvocation.IdOf(invocation) is { } id && invoked.Add(id)))
        {
            all.AddRange(ToolInvocation.Split(invocation, part: null));
        }

        if (!hasText && Beside(content, "content") is { } text && !text.ValueEquals(""))
        {
            all.Add($$"""{"type":"text","text":{{text.GetRawText()}}}""");
        }

        all.AddRange(Items(content, "experimental_attachments").Where(file => file.TryGetProperty("url", out var url) && files.Add(url.GetRawText())).Select(Attachment));
        return all;
    }

    private static string Content(List<string> parts)
    {
        if (parts.Count == 0)
        {
            return "\"\"";
        }

        if (parts.Count == 1)
        {
            using var part = JsonDocument.Parse(parts[0], Deep);
            if (part.RootElement.GetPropertyCount() == 2 && part.RootElement.GetProperty("type").ValueEquals("text")
                && part.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
            {
                return text.GetRawText();
            }
        }

        return StoredJson.Array(parts);
    }

    // In the form in which Mastra writes a file that is a part.
    private static string Attachment(JsonElement file) => StoredJson.Object(
        new[] { ("mimeType", "contentType"), ("filename", "name"), ("data", "url") }
            .Where(member => file.TryGetProperty(member.Item2, out _))
            .Select(member => (member.Item1, file.GetProperty(member.Item2).GetRawText()))
            .Prepend(("type", "\"file\"")));

    // The metadata object and a member of our own in it; what is nested too deeply for that is in it as a text.
    private static RawJson? Metadata(JsonElement? given, IReadOnlyList<(string Name, string Json)> extra)
    {
        var json = given?.GetRawText() ?? "{}";
        if (extra.Count > 0)
        {
            var members = json[1..^1].Trim();
            json = $"{{{members}{(members.Length > 0 ? "," : "")}{StoredJson.String(RowsToRecords.Extra)}:{StoredJson.Object(extra)}}}";
        }
        else if (given is null)
        {
            return null;
        }

        using var readable = StoredJson.TryParse(json);
        return new RawJson(readable is not null ? json : StoredJson.Object([(RowsToRecords.Extra, StoredJson.Object([("metadata", StoredJson.String(json))]))]));
    }

    private static bool TryCreate(string json, out MessageContent content)
    {
        content = MessageContent.FromStore(json);
        using var document = StoredJson.TryParse(json);
        return document is not null && MessageContent.TryCreate(content.Json, out content, out _);
    }

    private static bool IsPart(JsonElement part) => part.ValueKind == JsonValueKind.Object && part.TryGetProperty("type", out var type) && type.ValueKind == JsonValueKind.String;

    private static JsonElement? Beside(JsonElement content, string name) => content.TryGetProperty(name, out var value) && value.ValueKind == Known[name] ? value : null;

    private static IEnumerable<JsonElement> Items(JsonElement content, string name) =>
        Beside(content, name) is { } items ? items.EnumerateArray().Where(item => item.ValueKind == JsonValueKind.Object) : [];
}
