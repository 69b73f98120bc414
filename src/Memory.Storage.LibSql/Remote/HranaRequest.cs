using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>
/// Writes batches as a request of Hrana over HTTP: one stream that ends with it, so that there is nothing to keep or to expire. A batch's steps are its statements, each on condition that
/// the one before succeeded.
/// </summary>
internal static class HranaRequest
{
    /// <summary>How many steps come before the first statement; one statement is a transaction by itself.</summary>
    public static int StepsBefore(Batch batch) => batch.Count > 1 ? 1 : 0;

    /// <summary>A batch as a part of a request.</summary>
    public static ReadOnlyMemory<byte> Part(Batch batch)
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("type", "batch");
            json.WriteStartObject("batch");
            json.WriteStartArray("steps");
            WriteSteps(json, batch);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    /// <summary>A request of several parts, which are carried out one after another, whatever becomes of each.</summary>
    public static HttpContent Of(IReadOnlyList<ReadOnlyMemory<byte>> parts)
    {
        var body = new ArrayBufferWriter<byte>(64 + parts.Sum(part => part.Length + 1));
        body.Write("""{"baton":null,"requests":["""u8);
        foreach (var part in parts)
        {
            body.Write(part.Span);
            body.Write(","u8);
        }

        body.Write("""{"type":"close"}]}"""u8);
        var content = new ReadOnlyMemoryContent(body.WrittenMemory);
        content.Headers.ContentType = new("application/json");
        return content;
    }

    private static void WriteSteps(Utf8JsonWriter json, Batch batch)
    {
        var step = 0;
        if (batch.Count > 1)
        {
            WriteStep(json, ref step, new Statement(batch.IsWrite ? "begin immediate" : "begin", [], IsRequirement: false));
        }

        foreach (var statement in batch.Statements)
        {
            WriteStep(json, ref step, statement);
        }

        if (batch.Count > 1)
        {
            WriteStep(json, ref step, new Statement("commit", [], IsRequirement: false));
            WriteStep(json, ref step, new Statement("rollback", [], IsRequirement: false), unless: true);
        }
    }

    private static void WriteStep(Utf8JsonWriter json, ref int step, Statement statement, bool unless = false)
    {
        json.WriteStartObject();
        if (step > 0)
        {
            json.WriteStartObject("condition");
            if (unless)
            {
                json.WriteString("type", "not");
                json.WriteStartObject("cond");
            }

            json.WriteString("type", "ok");
            json.WriteNumber("step", step - 1);
            if (unless)
            {
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteStartObject("stmt");
        json.WriteString("sql", statement.Sql);
        json.WriteStartArray("args");
        foreach (var value in statement.Values)
        {
            WriteValue(json, value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndObject();
        step++;
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        json.WriteStartObject();
        switch (value)
        {
            case null:
                json.WriteString("type", "null");
                break;
            case string text:
                json.WriteString("type", "text");
                json.WriteString("value", text);
                break;
            case bool or int or long:
                // As text: JSON has no integers of 64 bits, and the server refuses a number here.
                json.WriteString("type", "integer");
                json.WriteString("value", Convert.ToInt64(value, CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                json.WriteString("type", "float");
                json.WriteNumber("value", number);
                break;
            case byte[] blob:
                json.WriteString("type", "blob");
                json.WriteBase64String("base64", blob);
                break;
            default:
                throw new ArgumentException($"A value of type {value.GetType()} has no place in a statement.", nameof(value));
        }

        json.WriteEndObject();
    }
}
