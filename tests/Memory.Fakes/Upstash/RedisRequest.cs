using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Memory.Fakes;

/// <summary>The commands in a request, or what is wrong with it.</summary>
internal sealed record RedisRequest
{
    public RedisRequestForm Form { get; private init; }

    public IReadOnlyList<RedisCommand> Commands { get; private init; } = [];

    /// <summary>Null when the request can be read. The wording of all but one is a guess.</summary>
    public string? Error { get; private init; }

    public static RedisRequest Read(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var form = context.Request.Path.Value switch
        {
            "/" or "" or null => RedisRequestForm.Command,
            "/pipeline" => RedisRequestForm.Pipeline,
            "/multi-exec" => RedisRequestForm.Transaction,
            _ => RedisRequestForm.Path,
        };
        try
        {
            return new RedisRequest { Form = form, Commands = form == RedisRequestForm.Path ? [InPath(context, body)] : InBody(form, body) };
        }
        catch (Exception exception) when (exception is FormatException or JsonException or InvalidOperationException)
        {
            return new RedisRequest { Form = form, Error = exception is FormatException ? exception.Message : "ERR failed to parse the request body" };
        }
    }

    private static List<RedisCommand> InBody(RedisRequestForm form, ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Array || root.GetArrayLength() == 0)
        {
            throw new FormatException("ERR the request body must be an array that isn't empty");
        }

        if (form == RedisRequestForm.Command)
        {
            return [Command(root)];
        }

        return root.EnumerateArray().All(command => command.ValueKind == JsonValueKind.Array)
            ? [.. root.EnumerateArray().Select(Command)]
            : throw new FormatException("ERR each command must be an array");
    }

    private static RedisCommand Command(JsonElement array) => new([.. array.EnumerateArray().Select(Argument)]);

    private static byte[] Argument(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => Encoding.UTF8.GetBytes(value.GetString()!), // a string has one
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => Encoding.UTF8.GetBytes(value.GetRawText()),
        JsonValueKind.Array => throw new FormatException("ERR unsupported arg type: \"[\" : json.Delim"), // seen by others on the real service
        JsonValueKind.Object => throw new FormatException("ERR unsupported arg type: \"{\" : json.Delim"),
        _ => throw new FormatException("ERR unsupported arg type: null"),
    };

    // /COMMAND/argument/… with the body as the next argument and the query's names and values as the last.
    private static RedisCommand InPath(HttpContext context, ReadOnlyMemory<byte> body)
    {
        var target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?', 2); // %2F is no separator
        List<byte[]> arguments = [.. target[0][1..].Split('/').Select(Unescape)];
        if (body.Length > 0)
        {
            arguments.Add(body.ToArray());
        }

        var pairs = target.Length > 1 ? target[1].Split('&', StringSplitOptions.RemoveEmptyEntries) : [];
        foreach (var pair in pairs.Where(pair => !pair.StartsWith("_token=", StringComparison.Ordinal)))
        {
            arguments.AddRange(pair.Replace('+', ' ').Split('=', 2, StringSplitOptions.RemoveEmptyEntries).Select(Unescape));
        }

        return new RedisCommand(arguments);
    }

    private static byte[] Unescape(string text) => Encoding.UTF8.GetBytes(Uri.UnescapeDataString(text));
}
