using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Memory.Cli;

/// <summary>Standard output: the result and nothing else, as text for people or as JSON.</summary>
/// <param name="isJson">JSON.</param>
internal sealed class Output(bool isJson) : IAsyncDisposable
{
    // For a terminal or a file, and no web page: nothing but control characters, quotes and backslashes needs an escape.
    private static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly byte[] NewLine = "\n"u8.ToArray();

    private readonly Stream stream = new BufferedStream(Console.OpenStandardOutput(), 64 * 1_024);

    /// <summary>Whether JSON is asked for.</summary>
    public bool IsJson => isJson;

    /// <summary>Writes a JSON document in a line.</summary>
    public void WriteJson<T>(T value, JsonTypeInfo<T> type)
    {
        using (var writer = new Utf8JsonWriter(stream, Relaxed))
        {
            JsonSerializer.Serialize(writer, value, type);
        }

        stream.Write(NewLine);
    }

    /// <summary>Writes a line of text.</summary>
    public void WriteLine(string text)
    {
        stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
        stream.Write(NewLine);
    }

    /// <summary>Writes names and values, a line each.</summary>
    public void WriteFields(params IReadOnlyList<(string Name, string Value)> fields)
    {
        var width = fields.Max(field => field.Name.Length) + 2;
        foreach (var (name, value) in fields)
        {
            WriteLine($"{name.PadRight(width)}{PlainText.OneLine(value)}".TrimEnd());
        }
    }

    /// <summary>Begins a table.</summary>
    public TextTable Table(params string[] columns) => new(this, columns);

    /// <summary>Writes what is still held back.</summary>
    public ValueTask DisposeAsync() => stream.DisposeAsync();
}
