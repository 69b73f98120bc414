using System.Text;

namespace Memory.Http.Tests.Malformed;

/// <summary>Bodies that are not JSON, not UTF-8, not of a size or not of a media type the route takes.</summary>
internal static class BadJson
{
    private static readonly string[] NotJson =
    [
        "", " ", "{", "}", "[", "]", "{]", "\"", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{\"a\":01}", "{\"a\":+1}", "{\"a\":.5}", "{\"a\":1.}", "{\"a\":NaN}",
        "{\"a\":Infinity}", "{\"a\":0x1}", "{\"a\":undefined}", "{\"a\":True}", "{\"a\":\"\n\"}", "{\"a\":\"\t\"}", "{\"a\":\"\\x\"}", "{\"a\":\"\\u12\"}", "{/**/}", "{} // x", "{}{}", "{},",
        "\ufeff{}", "<a/>", "a=1&b=2", "---\na: 1", "\0",
    ];

    private static readonly string[] NotAnObject = ["[]", "[{}]", "\"x\"", "1", "true", "false", "null"];

    // An unfinished sequence, a stray one, overlong ones, half a surrogate pair, one beyond Unicode, Latin-1.
    private static readonly byte[][] NotUtf8 = [[0xff], [0x80], [0xc0, 0x80], [0xe0, 0x80, 0xaf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc3], [0xe9, 0x74], [0xf0, 0x9f, 0xa6]];

    private static readonly string?[] WrongTypes =
    [
        null, "text/html", "application/xml", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/octet-stream", "application/json-patch+json",
        "application/json; charset=utf-16", "application/json; charset=iso-8859-1", "application/jsonp", "json", "*/*", "application/*", "application",
    ];

    public static IEnumerable<BadRequest> All(IReadOnlyList<Route> routes, Random random) =>
        routes.SelectMany(route => Broken(route, random).Concat(Sized(route)).Concat(Typed(route)));

    private static IEnumerable<BadRequest> Broken(Route route, Random random)
    {
        foreach (var body in NotJson)
        {
            yield return route.Invalid(body);
        }

        foreach (var body in route.Method == "PUT" ? [] : NotAnObject)
        {
            yield return route.Invalid(body, "$");
        }

        for (var i = 0; i < 12; i++)
        {
            yield return route.Invalid(route.Body[..random.Next(1, route.Body.Length)]);
            yield return route.Invalid($"{route.Body}{"}],x\"0"[random.Next(6)]}");
        }

        var quote = route.Body.LastIndexOf('"');
        foreach (var bytes in NotUtf8)
        {
            yield return route.Invalid([.. Encoding.UTF8.GetBytes(route.Body[..quote]), .. bytes, .. Encoding.UTF8.GetBytes(route.Body[quote..])]);
        }

        foreach (var depth in new[] { 65, 1_000, 20_000 })
        {
            yield return route.Invalid(route.With($"\"deep\":{new string('[', depth)}{new string(']', depth)}"));
            yield return route.Invalid(route.With($"\"deep\":{string.Concat(Enumerable.Repeat("{\"a\":", depth))}1{new string('}', depth)}"));
            yield return route.Invalid(route.With($"\"deep\":{new string('[', depth)}"));
        }

        yield return route.Invalid(route.With("\"a\":1,\"a\":2"));
        yield return route.Invalid(route.With("\"a\":1,\"\\u0061\":2"));
    }

    private static IEnumerable<BadRequest> Sized(Route route)
    {
        var padded = new byte[route.MaxBytes + 1];
        Array.Fill(padded, (byte)' ');
        Encoding.UTF8.GetBytes(route.Body, padded);
        var large = new BadRequest(route.Method, route.Path, 413, Route.TooLarge) { Body = padded, Type = Api.Json };
        yield return large;
        yield return large with { IsChunked = true };
    }

    private static IEnumerable<BadRequest> Typed(Route route)
    {
        string?[] types = [.. WrongTypes, .. route.Method == "PUT" ? ["text/plain; charset=latin1", "application/merge-patch+json"] : new[] { "text/plain" }, .. route.Method == "POST" ? ["application/merge-patch+json"] : Array.Empty<string>()];
        return types.Select(type => new BadRequest(route.Method, route.Path, 415, Route.WrongType) { Text = route.Body, Type = type });
    }
}
