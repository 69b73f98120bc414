using System.Globalization;
using System.Text.Json;

namespace Memory.Storage.LibSql;

/// <summary>A row of an answer: typed values, integers as text and blobs as base64 without its padding.</summary>
internal readonly struct HranaRow(JsonElement values) : IRow
{
    public bool IsNull(int column) => values[column].GetProperty("type").ValueEquals("null");

    public long GetInt64(int column) => long.Parse(GetString(column), CultureInfo.InvariantCulture);

    public int GetInt32(int column) => int.Parse(GetString(column), CultureInfo.InvariantCulture);

    public bool GetBoolean(int column) => GetInt64(column) != 0;

    public double GetDouble(int column) => values[column].GetProperty("value") is { ValueKind: JsonValueKind.Number } value ? value.GetDouble() : GetInt64(column);

    public string GetString(int column) => values[column].GetProperty("value").GetString() ?? throw new InvalidOperationException("A column is null that never is.");

    public ReadOnlySpan<byte> GetBytes(int column)
    {
        var text = values[column].GetProperty("base64").GetString() ?? "";
        return Convert.FromBase64String(text.PadRight((text.Length + 3) / 4 * 4, '='));
    }
}
