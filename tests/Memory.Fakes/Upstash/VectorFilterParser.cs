using System.Text.Json.Nodes;

namespace Memory.Fakes;

/// <summary>Reads the filters of Upstash Vector: AND binds closer than OR, keywords are in either case, and there is no NOT before a parenthesis.</summary>
internal sealed class VectorFilterParser(string text)
{
    private readonly VectorFilterTokens tokens = new(text);

    public VectorFilter Parse()
    {
        var matches = Or();
        return tokens.IsAtEnd ? new(matches) : throw tokens.Bad("the end");
    }

    private Func<JsonObject, bool> Or()
    {
        var left = And();
        while (tokens.TakeWord("OR"))
        {
            var (one, other) = (left, And());
            left = metadata => one(metadata) || other(metadata);
        }

        return left;
    }

    private Func<JsonObject, bool> And()
    {
        var left = Term();
        while (tokens.TakeWord("AND"))
        {
            var (one, other) = (left, Term());
            left = metadata => one(metadata) && other(metadata);
        }

        return left;
    }

    private Func<JsonObject, bool> Term()
    {
        if (tokens.Take("("))
        {
            var inner = Or();
            tokens.Expect(")");
            return inner;
        }

        return tokens.TakeWord("HAS") ? Has() : Comparison(tokens.Field());
    }

    private Func<JsonObject, bool> Has()
    {
        var isThere = !tokens.TakeWord("NOT");
        tokens.ExpectWord("FIELD");
        var field = tokens.Field();
        return metadata => VectorFilter.Find(metadata, field) is not null == isThere;
    }

    private Func<JsonObject, bool> Comparison(string field)
    {
        var isNegated = tokens.TakeWord("NOT");
        if (tokens.TakeWord("GLOB"))
        {
            var pattern = tokens.Literal() as string ?? throw tokens.Bad("a string");
            return metadata => VectorFilter.Find(metadata, field) is { } value && VectorFilter.IsComparable(value, "") && VectorGlob.Matches(pattern, value.GetValue<string>()) != isNegated;
        }

        if (tokens.TakeWord("IN"))
        {
            var literals = Literals();
            return metadata => VectorFilter.Find(metadata, field) is { } value && literals.Any(literal => VectorFilter.IsSame(value, literal)) != isNegated;
        }

        if (tokens.TakeWord("CONTAINS"))
        {
            var literal = tokens.Literal();
            return metadata => VectorFilter.Find(metadata, field) is JsonArray array && array.Any(item => VectorFilter.IsSame(item, literal)) != isNegated;
        }

        return isNegated ? throw tokens.Bad("GLOB, IN or CONTAINS") : Operator(field, tokens.Operator(), tokens.Literal());
    }

    private Func<JsonObject, bool> Operator(string field, string name, object literal)
    {
        if (name is "=" or "!=")
        {
            return metadata => VectorFilter.Find(metadata, field) is { } value && VectorFilter.IsComparable(value, literal) && VectorFilter.IsSame(value, literal) == (name == "=");
        }

        var bound = literal as double? ?? throw tokens.Bad("a number");
        return metadata => VectorFilter.Number(VectorFilter.Find(metadata, field)) is { } number && name switch
        {
            "<" => number < bound,
            "<=" => number <= bound,
            ">" => number > bound,
            _ => number >= bound,
        };
    }

    private List<object> Literals()
    {
        tokens.Expect("(");
        List<object> literals = [tokens.Literal()];
        while (tokens.Take(","))
        {
            literals.Add(tokens.Literal());
        }

        tokens.Expect(")");
        return literals;
    }
}
