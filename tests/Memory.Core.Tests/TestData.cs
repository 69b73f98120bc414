using System.Text.Json;

namespace Memory.Core.Tests;

/// <summary>The files beside the tests.</summary>
internal static class TestData
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Data");

    public static IEnumerable<string> Lines(string name) => File.ReadLines(Path.Combine(Folder, name));

    /// <summary>The elements of a JSON array.</summary>
    public static IReadOnlyList<JsonElement> Items(string name) => [.. Parse(File.ReadAllText(Path.Combine(Folder, name))).EnumerateArray()];

    /// <summary>The lines of a JSONL file.</summary>
    public static IReadOnlyList<JsonElement> Rows(string name) => [.. Lines(name).Select(Parse)];

    public static JsonElement Parse(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }
}
