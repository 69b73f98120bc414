using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Mastra;

/// <summary>Reads working memory: a resource's is a column, and a thread's a member of its metadata.</summary>
internal static class StoredWorkingMemory
{
    private const string Member = "workingMemory";

    /// <summary>A document; null when there is none, which Mastra also writes as an empty text.</summary>
    public static WorkingMemoryDocument? OfText(string? text, DateTimeOffset updatedAt, NoteCounter notes)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        if (Encoding.UTF8.GetByteCount(text) > WorkingMemories.MaxBytes)
        {
            notes.Add(MastraNotes.LargeWorkingMemory);
        }

        // With a schema Mastra keeps JSON, and with a template Markdown, whose text may still be a number or a word that JSON knows.
        using var document = StoredJson.TryParse(text);
        return document?.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array
            ? new WorkingMemoryDocument(IsJson: true, text, updatedAt.ToUnixMicroseconds(), updatedAt)
            : new WorkingMemoryDocument(IsJson: false, WithoutNul(text, notes), updatedAt.ToUnixMicroseconds(), updatedAt);
    }

    /// <summary>A thread's metadata without its working memory, and that.</summary>
    public static (RawJson? Metadata, WorkingMemoryDocument? WorkingMemory) OfThread(string? json, DateTimeOffset updatedAt, NoteCounter notes)
    {
        using var document = Metadata(json);
        if (document is null || document.RootElement.ValueKind != JsonValueKind.Object)
        {
            if (document is not { RootElement.ValueKind: JsonValueKind.Null } && !string.IsNullOrEmpty(json))
            {
                notes.Add(MastraNotes.ThreadMetadata);
            }

            return (null, null);
        }

        if (!document.RootElement.TryGetProperty(Member, out var memory))
        {
            return (new RawJson(document.RootElement.GetRawText()), null);
        }

        var rest = document.RootElement.EnumerateObject().Where(member => !member.NameEquals(Member)).Select(member => (member.Name, member.Value.GetRawText())).ToArray();
        var text = memory.ValueKind switch
        {
            JsonValueKind.Null => null,
            JsonValueKind.String => memory.GetString(),
            _ => memory.GetRawText(),
        };
        return (rest.Length > 0 ? new RawJson(StoredJson.Object(rest)) : null, OfText(text, updatedAt, notes));
    }

    /// <summary>The text with U+FFFD for each NUL, which PostgreSQL cannot keep.</summary>
    public static string WithoutNul(string text, NoteCounter notes)
    {
        if (!text.Contains('\0', StringComparison.Ordinal))
        {
            return text;
        }

        notes.Add(MastraNotes.NulReplaced);
        return text.Replace('\0', '\uFFFD');
    }

    // In a column of JSON, Mastra's packages for PostgreSQL write some objects as a string of JSON, and read both.
    private static JsonDocument? Metadata(string? json)
    {
        var document = json is null ? null : StoredJson.TryParse(json);
        if (document is not { RootElement.ValueKind: JsonValueKind.String })
        {
            return document;
        }

        using (document)
        {
            return StoredJson.TryParse(document.RootElement.GetString()!); // a string, as its kind says
        }
    }
}
