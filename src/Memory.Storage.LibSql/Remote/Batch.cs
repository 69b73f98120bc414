using System.Buffers;
using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>
/// Statements that a server carries out one after another in one request and one transaction: the first that fails ends it, and nothing of it stays. A decision that
/// would need an answer in between is a statement of its own that fails on purpose (<see cref="Require"/>).
/// </summary>
/// <param name="operation">What is being done, as a verb phrase, for messages.</param>
/// <param name="isWrite">Whether it changes something, and so has to wait for other writers.</param>
internal sealed class Batch(string operation, bool isWrite)
{
    /// <summary>How many rows the statement before changed.</summary>
    public const string HasChanged = "changes() > 0";

    private readonly List<Statement> statements = [];

    /// <summary>What is being done.</summary>
    public string Operation { get; } = operation;

    /// <summary>Whether sending it a second time, after an answer that was lost, does and tells what the first time would have.</summary>
    public bool MayRepeat { get; init; } = true;

    /// <summary>How many steps come before the first statement.</summary>
    public int First => IsTransaction ? 1 : 0;

    /// <summary>How many statements there are.</summary>
    public int Count => statements.Count;

    // One statement is a transaction by itself.
    private bool IsTransaction => statements.Count > 1;

    /// <summary>Reads, all of one state of the database.</summary>
    public static Batch Read(string operation) => new(operation, isWrite: false);

    /// <summary>Writes.</summary>
    public static Batch Write(string operation, bool mayRepeat = true) => new(operation, isWrite: true) { MayRepeat = mayRepeat };

    /// <summary>Adds a statement with values for ?1, ?2 …</summary>
    /// <returns>Its number in the result.</returns>
    public int Add(string sql, params object?[] values)
    {
        statements.Add(new Statement(sql, values, IsRequirement: false));
        return statements.Count - 1;
    }

    /// <summary>Adds a condition without which nothing of the batch is done; the result then says which one it was.</summary>
    /// <returns>Its number in the result.</returns>
    public int Require(string condition, params object?[] values)
    {
        // There is no statement for it that is allowed outside a trigger: text that isn't JSON makes an error of any.
        statements.Add(new Statement($"select iif({condition}, 1, json(''))", values, IsRequirement: true));
        return statements.Count - 1;
    }

    /// <summary>Whether a statement is a condition.</summary>
    public bool IsRequirement(int number) => statements[number].IsRequirement;

    /// <summary>The request's body: one stream that ends with it, so that there is nothing to keep or to expire.</summary>
    public ReadOnlyMemory<byte> ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>(4_096);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteNull("baton");
            json.WriteStartArray("requests");
            json.WriteStartObject();
            json.WriteString("type", "batch");
            json.WriteStartObject("batch");
            json.WriteStartArray("steps");
            WriteSteps(json);
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndObject();
            json.WriteStartObject();
            json.WriteString("type", "close");
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return buffer.WrittenMemory;
    }

    private void WriteSteps(Utf8JsonWriter json)
    {
        var step = 0;
        if (IsTransaction)
        {
            WriteStep(json, ref step, new Statement(isWrite ? "begin immediate" : "begin", [], IsRequirement: false));
        }

        foreach (var statement in statements)
        {
            WriteStep(json, ref step, statement);
        }

        if (IsTransaction)
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
                json.WriteString("value", Convert.ToInt64(value, null).ToString(System.Globalization.CultureInfo.InvariantCulture));
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

    private sealed record Statement(string Sql, object?[] Values, bool IsRequirement);
}
