using System.Globalization;
using System.Text;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>A message's terms as scripts take them: each with its count, all between spaces. No term holds a space.</summary>
internal static class Terms
{
    public static string Of(ReadOnlySpan<byte> terms)
    {
        var text = new StringBuilder();
        var reader = TermCounts.Read(terms);
        while (reader.MoveNext())
        {
            text.Append(text.Length > 0 ? " " : "").Append(CultureInfo.InvariantCulture, $"{Encoding.UTF8.GetString(reader.Term)} {reader.Count}");
        }

        return text.ToString();
    }
}
