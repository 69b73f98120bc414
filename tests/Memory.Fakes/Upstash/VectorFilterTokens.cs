using System.Globalization;
using System.Text.RegularExpressions;

namespace Memory.Fakes;

/// <summary>The words of a filter, one after another. A string ends at the next quote like its first: how to escape one is not documented, so nothing is.</summary>
internal sealed partial class VectorFilterTokens
{
    private readonly string[] tokens;
    private int next;

    public VectorFilterTokens(string text)
    {
        var matches = Token().Matches(text);
        tokens = [.. matches.Select(match => match.Groups[1].Value)];
        if (matches.Sum(match => match.Length) != text.TrimEnd().Length)
        {
            throw new VectorRefusedException(422, $"Invalid filter: {text}");
        }
    }

    public bool IsAtEnd => next == tokens.Length;

    private string Next => IsAtEnd ? "" : tokens[next];

    public bool Take(string symbol) => Take(Next == symbol);

    public bool TakeWord(string word) => Take(Next.Equals(word, StringComparison.OrdinalIgnoreCase));

    public void Expect(string symbol) => _ = Take(symbol) ? true : throw Bad(symbol);

    public void ExpectWord(string word) => _ = TakeWord(word) ? true : throw Bad(word);

    public string Field() => FieldName().IsMatch(Next) ? tokens[next++] : throw Bad("a field");

    public string Operator() => Next is "=" or "!=" or "<" or "<=" or ">" or ">=" ? tokens[next++] : throw Bad("an operator");

    /// <summary>A string, a double or a boolean.</summary>
    public object Literal()
    {
        var token = Next;
        next++;
        return token switch
        {
            ['\'' or '"', .. var inner, _] => inner,
            _ when token.Equals("true", StringComparison.OrdinalIgnoreCase) => true,
            _ when token.Equals("false", StringComparison.OrdinalIgnoreCase) => false,
            _ when double.TryParse(token, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => throw Bad("a literal"),
        };
    }

    /// <summary>What stands where something else is expected. The service's status for it is not documented.</summary>
    public VectorRefusedException Bad(string expected) => new(422, $"Invalid filter: expected {expected} at word {next + 1}");

    private bool Take(bool isNext)
    {
        next += isNext ? 1 : 0;
        return isNext;
    }

    [GeneratedRegex("""\G\s*('[^']*'|"[^"]*"|[<>!]=|[=<>(),]|[a-zA-Z_][a-zA-Z_0-9.\[\]#-]*|[-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)""")]
    private static partial Regex Token();

    [GeneratedRegex(@"^[a-zA-Z_][a-zA-Z_0-9.\[\]#-]*$")]
    private static partial Regex FieldName();
}
