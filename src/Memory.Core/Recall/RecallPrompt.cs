using System.Globalization;
using System.Text;
using System.Text.Json;

namespace Memory.Core;

/// <summary>
/// Recalled messages as one text for a prompt: well-formed XML, in which role, time and origin come from the store and nothing that a message says can begin or end an element.
/// <c>&lt;memory&gt;</c> holds a <c>&lt;message role name? thread position time source&gt;</c> for each message, on lines of their own; parts that are no text are <c>&lt;part type&gt;</c> with the
/// part's JSON.
/// </summary>
public static class RecallPrompt
{
    /// <summary>Writes the messages, in their order.</summary>
    public static string Write(IReadOnlyList<RecalledMessage> messages)
    {
        var prompt = new StringBuilder("<memory>\n");
        foreach (var (message, source, _) in messages)
        {
            prompt.Append("<message");
            Attribute(prompt, "role", message.Role.Name());
            Attribute(prompt, "name", message.Name);
            Attribute(prompt, "thread", message.ThreadId);
            Attribute(prompt, "position", message.Position.ToString(CultureInfo.InvariantCulture));
            Attribute(prompt, "time", message.CreatedAt.ToRfc3339());
            Attribute(prompt, "source", source.Name());
            prompt.Append(">\n");
            Content(prompt, message.Content);
            prompt.Append("\n</message>\n");
        }

        return prompt.Append("</memory>").ToString();
    }

    private static void Attribute(StringBuilder prompt, string name, string? value)
    {
        if (value is not null)
        {
            prompt.Append(' ').Append(name).Append("=\"");
            Escape(prompt, value);
            prompt.Append('"');
        }
    }

    private static void Content(StringBuilder prompt, MessageContent content)
    {
        using var document = content.Json.Parse();
        if (document.RootElement.ValueKind == JsonValueKind.String)
        {
            Escape(prompt, content.Text);
            return;
        }

        var isFirst = true;
        foreach (var part in document.RootElement.EnumerateArray())
        {
            prompt.Append(isFirst ? "" : "\n");
            isFirst = false;
            var type = part.GetProperty("type").GetString()!; // checked when it came in
            if (type == "text" && part.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
            {
                Escape(prompt, text.GetString()!); // a string, as its kind says
                continue;
            }

            prompt.Append("<part");
            Attribute(prompt, "type", type);
            prompt.Append('>');
            Escape(prompt, part.GetRawText());
            prompt.Append("</part>");
        }
    }

    // What XML gives a meaning to, and what it cannot hold: control characters and the two code points that are none.
    private static void Escape(StringBuilder prompt, string text)
    {
        foreach (var character in text)
        {
            _ = character switch
            {
                '<' => prompt.Append("&lt;"),
                '>' => prompt.Append("&gt;"),
                '&' => prompt.Append("&amp;"),
                '"' => prompt.Append("&quot;"),
                '\r' => prompt.Append("&#13;"),
                '\n' or '\t' => prompt.Append(character),
                '\uFFFE' or '\uFFFF' => prompt.Append('\uFFFD'),
                _ => prompt.Append(char.IsControl(character) ? '\uFFFD' : character),
            };
        }
    }
}
