using System.Globalization;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>Reads a request's query parameters; one that the route does not know is refused.</summary>
internal sealed class QueryReader
{
    // Azure Functions' own: a function key.
    private const string FunctionKey = "code";
    private readonly IQueryCollection query;

    public QueryReader(HttpRequest request, params ReadOnlySpan<string> known)
    {
        query = request.Query;
        foreach (var name in query.Keys)
        {
            if (name != FunctionKey && !known.Contains(name))
            {
                Errors.Add(name, "is not a parameter of this route");
            }
            else if (query[name].Count > 1 && name != "role")
            {
                Errors.Add(name, "stands twice");
            }
        }
    }

    public FieldErrors Errors { get; } = new();

    public string? Text(string name) => query.TryGetValue(name, out var values) && values.Count > 0 ? values[0] : null;

    public string Required(string name)
    {
        if (Text(name) is { } text)
        {
            return text;
        }

        Errors.Add(name, "is required");
        return "";
    }

    public int? Number(string name, int least, int most)
    {
        if (Text(name) is not { } text)
        {
            return null;
        }

        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        Errors.Add(name, $"must be a whole number from {least} to {most}");
        return null;
    }

    /// <summary>One of some words; the first when absent.</summary>
    public string Choice(string name, params ReadOnlySpan<string> choices)
    {
        var text = Text(name) ?? choices[0];
        if (!choices.Contains(text))
        {
            Errors.Add(name, $"must be {string.Join(" or ", choices.ToArray())}");
        }

        return text;
    }

    public DateTimeOffset? Time(string name) => Errors.Time(name, Text(name));

    /// <summary>Roles, comma-separated or repeated.</summary>
    public IReadOnlyCollection<MessageRole>? Roles(string name) =>
        query.TryGetValue(name, out var values) ? FilterParser.Roles(values.SelectMany(value => value?.Split(',') ?? []), name, Errors) : null;
}
