using CsCheck;

namespace Memory.Conformance;

/// <summary>JSON as callers may write it: any white space, escapes, halves of surrogate pairs, large numbers, deep nesting.</summary>
internal static class JsonTexts
{
    private static readonly Gen<string> Space = Gen.OneOf("", "", "", " ", "\n", "\t", "\r\n", "    ");

    private static readonly Gen<string> String = Gen.OneOf(
        "a", "word ", "ß", "日本", "👩\u200d👧", "\\n", "\\\"", "\\\\", "\\/", "\\u0000", "\\u0007", "\\ud800", "\\uDC00", "\\ud83d\\ude00", "\\u00e9", "'", "%s", "\u202e",
        "\u007f", "\u2028", "\ufffd", "e\u0301", "$1", "{{", "--").Array[0, 10].Select(pieces => $"\"{string.Concat(pieces)}\"");

    private static readonly Gen<string> Scalar = Gen.Frequency(
        (3, String),
        (2, Gen.OneOf("0", "-0", "1", "1.0", "1e400", "-1E-999", "0.1000", "9007199254740993", "123456789012345678901234567890", "true", "false", "null")));

    private static readonly Gen<string> Deep = Gen.Int[1, 60].Select(depth => $"{new string('[', depth)}{new string(']', depth)}");

    private static readonly Gen<string> Value = Nested(3);

    /// <summary>An object, such as metadata.</summary>
    public static Gen<string> Object { get; } = Members(Value);

    /// <summary>A message's content: a string or an array of parts.</summary>
    public static Gen<string> Content { get; } = Gen.OneOf(String, Array(Gen.OneOf(
        Gen.Select(Space, String, (space, text) => $"{{{space}\"type\"{space}:\"text\",{space}\"text\":{text}{space}}}"),
        Gen.Select(Space, Value, (space, value) => $"{{\"x\":{value},{space}\"type\":\"custom\"}}"))));

    private static Gen<string> Nested(int depth) => depth == 0
        ? Scalar
        : Gen.Frequency((4, Scalar), (1, Deep), (2, Array(Nested(depth - 1))), (2, Members(Nested(depth - 1))));

    private static Gen<string> Array(Gen<string> item) => Gen.Select(item.Array[0, 4], Space, (items, space) => $"[{space}{string.Join($"{space},", items)}{space}]");

    private static Gen<string> Members(Gen<string> value) =>
        Gen.Select(Gen.OneOf("a", "b", "type", "日本", "\\u0061b", "", " ", "a.b", "'", "\\\"", "\\ud800", "x\\uDC00").Array[0, 4], value.Array[4], Space, (names, values, space) =>
            $"{{{space}{string.Join($"{space},{space}", names.Distinct().Zip(values, (name, item) => $"\"{name}\"{space}:{item}"))}{space}}}");
}
