using CsCheck;
using Memory.Core;

namespace Memory.Conformance;

/// <summary>Ids that are allowed and that a careless adapter trips over.</summary>
internal static class Identifiers
{
    private static readonly string[] Pieces =
    [
        "a", "A", "7", "'", "\"", "`", "/", "\\", "#", "*", "%", "%20", "?", "[a-z]", "{0}", "$1", "@p", ":", ";", "--", "/*", "_", ".", "..", " ", ",", "|", "&", "=", "+",
        "^", "~", "<", ">", "!", "(", ")", "null", "é", "e\u0301", "ß", "日本", "𠮷", "😀", "👩\u200d👧", "שלום", "\u202e", "\u00a0", "\u2028", "ﬁ", "İ", "\ufeff",
    ];

    /// <summary>Any mixture of them, and now and then one of the longest.</summary>
    public static Gen<string> Any { get; } = Gen.Frequency(
        (9, Gen.OneOf(Pieces).Array[1, 12].Select(string.Concat)),
        (1, Gen.OneOf(new string('x', 256), string.Concat(Enumerable.Repeat("😀", 64)), $"{new string('/', 128)}{new string('\'', 128)}", new string(' ', 256))))
        .Where(Identifier.IsValid);
}
