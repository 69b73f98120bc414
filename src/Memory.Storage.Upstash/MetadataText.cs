using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>
/// Metadata and the conditions on it, so that a script can compare them without a JSON library: members with equal values have equal texts. For each member the bytes of its name and of its
/// value, the value's kind (s text, n number, o anything else), a line feed, name, value.
/// </summary>
internal static class MetadataText
{
    public static string Of(RawJson? metadata)
    {
        if (metadata is null)
        {
            return "";
        }

        using var document = metadata.Parse();
        var text = new StringBuilder();
        foreach (var member in document.RootElement.EnumerateObject())
        {
            var (kind, value) = Value(member.Value);
            text.Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetByteCount(member.Name)} {Encoding.UTF8.GetByteCount(value)} {kind}\n{member.Name}{value}");
        }

        return text.ToString();
    }

    /// <summary>The conditions as the search script reads them.</summary>
    public static IEnumerable<string> Conditions(MessageFilter? filter)
    {
        var conditions = filter?.Metadata ?? [];
        yield return Packed.Number(conditions.Count);
        foreach (var (name, any, bounds) in conditions)
        {
            yield return name;
            yield return any is null ? "0" : "1";
            yield return Packed.Number(any?.Count ?? 0);
            foreach (var (kind, value) in (any ?? []).Select(Value))
            {
                yield return kind;
                yield return value;
            }

            yield return Packed.Number(bounds.Count);
            foreach (var bound in bounds)
            {
                var (kind, value) = Value(bound.Limit);
                yield return bound.Above ? "1" : "0";
                yield return bound.Inclusive ? "1" : "0";
                yield return kind;
                yield return value;
            }
        }
    }

    private static (string Kind, string Text) Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => ("s", value.GetString()!), // a string, as its kind says
        JsonValueKind.Number => ("n", Number(value.GetRawText())),
        _ => ("o", Canonical(value)),
    };

    // Equal numbers have equal texts: digits without zeros at either end, and the power of ten.
    private static string Number(string text)
    {
        var exponentAt = text.IndexOfAny(['e', 'E']);
        var mantissa = exponentAt < 0 ? text : text[..exponentAt];
        var exponent = exponentAt < 0 ? BigInteger.Zero : BigInteger.Parse(text[(exponentAt + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var pointAt = mantissa.IndexOf('.', StringComparison.Ordinal);
        exponent -= pointAt < 0 ? 0 : mantissa.Length - pointAt - 1;
        var digits = mantissa.Replace(".", "", StringComparison.Ordinal);
        var sign = digits[0] == '-' ? "-" : "";
        digits = digits.TrimStart('-').TrimStart('0');
        var significant = digits.TrimEnd('0');
        return significant.Length == 0 ? "0" : $"{sign}{significant}e{(exponent + digits.Length - significant.Length).ToString(CultureInfo.InvariantCulture)}";
    }

    private static string Canonical(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => $"{{{string.Concat(value.EnumerateObject().OrderBy(member => member.Name, StringComparer.Ordinal).Select(member => $"{Quote(member.Name)}:{Canonical(member.Value)},"))}}}",
        JsonValueKind.Array => $"[{string.Concat(value.EnumerateArray().Select(item => $"{Canonical(item)},"))}]",
        JsonValueKind.String => Quote(value.GetString()!), // as above
        JsonValueKind.Number => Number(value.GetRawText()),
        _ => value.GetRawText(),
    };

    private static string Quote(string text) => $"\"{JsonEncodedText.Encode(text)}\"";
}
