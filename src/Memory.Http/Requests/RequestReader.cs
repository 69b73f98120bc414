using System.Buffers;
using System.Net.Mime;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using System.Text.Unicode;
using Memory.Core;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Memory.Http;

/// <summary>Reads request bodies within their limits, and says what is wrong with them by JSON path.</summary>
internal static partial class RequestReader
{
    /// <summary>What to say of a field that no request has.</summary>
    public const string UnknownField = "is not a field of this request";

    /// <summary>Reads a JSON body.</summary>
    /// <exception cref="RefusedException">415, 413 or 400.</exception>
    public static async Task<T> ReadAsync<T>(HttpRequest request, JsonTypeInfo<T> type, int maxBytes, CancellationToken cancellationToken)
        where T : class
    {
        RequireType(request, MediaTypeNames.Application.Json);
        return Parse(await ReadBytesAsync(request, maxBytes, cancellationToken), type);
    }

    /// <summary>Reads a JSON object whose fields are looked at one by one: null and absent differ in a merge.</summary>
    public static async Task<JsonDocument> ReadPatchAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        RequireType(request, MediaTypeNames.Application.Json, "application/merge-patch+json");
        var document = ParseDocument(await ReadBytesAsync(request, maxBytes, cancellationToken));
        var problem = document.RootElement.ValueKind != JsonValueKind.Object ? RefusedException.Invalid("$", "must be a JSON object")
            : HasReadableNames(document.RootElement) ? null
            : HalfPair();
        if (problem is null)
        {
            return document;
        }

        document.Dispose();
        throw problem;
    }

    private static bool HasReadableNames(JsonElement patch)
    {
        try
        {
            return patch.EnumerateObject().All(field => field.Name is not null);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>Parses any one JSON value.</summary>
    public static JsonDocument ParseDocument(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return JsonDocument.Parse(bytes, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (JsonException exception)
        {
            throw Explain(exception);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair in a name, which the look for repeated members stumbles over; content may hold it.
            return JsonDocument.Parse(bytes);
        }
    }

    /// <summary>Whether the body is of one of these media types; UTF-8 or no charset.</summary>
    public static bool IsType(HttpRequest request, params ReadOnlySpan<string> types)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type)
            || (type.Charset.HasValue && !type.Charset.Equals("utf-8", StringComparison.OrdinalIgnoreCase)))
        {
            return false;
        }

        foreach (var wanted in types)
        {
            if (type.MediaType.Equals(wanted, StringComparison.OrdinalIgnoreCase))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Refuses a body of another media type.</summary>
    public static void RequireType(HttpRequest request, params ReadOnlySpan<string> types)
    {
        if (!IsType(request, types))
        {
            throw new RefusedException(ErrorCode.UnsupportedMediaType,
                $"Content-Type is '{request.ContentType}'; send {string.Join(" or ", types.ToArray())} in UTF-8.");
        }
    }

    /// <summary>Reads a body of valid UTF-8, and no more of it than its limit.</summary>
    public static async Task<ReadOnlyMemory<byte>> ReadBytesAsync(HttpRequest request, int maxBytes, CancellationToken cancellationToken)
    {
        if (request.ContentLength > maxBytes)
        {
            throw TooLarge(maxBytes);
        }

        var room = request.HttpContext.Features.Get<BodyRoom>();
        var buffer = new ArrayBufferWriter<byte>((int)(request.ContentLength ?? 1_024) + 1);
        while (await request.Body.ReadAsync(buffer.GetMemory(), cancellationToken) is > 0 and var read)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > maxBytes)
            {
                throw TooLarge(maxBytes);
            }

            room?.Require(buffer.WrittenCount);
        }

        return Utf8.IsValid(buffer.WrittenSpan) ? buffer.WrittenMemory : throw RefusedException.Invalid("$", "must be valid UTF-8");
    }

    /// <summary>Parses a JSON object.</summary>
    /// <exception cref="RefusedException">400, naming the place.</exception>
    public static T Parse<T>(ReadOnlyMemory<byte> bytes, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes.Span, type) ?? throw RefusedException.Invalid("$", "must be a JSON object");
        }
        catch (JsonException exception)
        {
            throw Explain(exception, type);
        }
        catch (InvalidOperationException)
        {
            throw HalfPair();
        }
    }

    // What System.Text.Json means by InvalidOperationException: "\ud800" where a string or a name is decoded (Utf8JsonReader.GetString).
    private static RefusedException HalfPair(string path = "$") => RefusedException.Invalid(path, "holds half of a surrogate pair outside content and metadata");

    private static RefusedException TooLarge(int maxBytes) =>
        new(ErrorCode.PayloadTooLarge, $"The body is larger than the {maxBytes} bytes that this route takes.");

    /// <summary>Turns the serializer's words, which name .NET types, into the caller's.</summary>
    private static RefusedException Explain(JsonException exception, JsonTypeInfo? type = null)
    {
        var path = exception.Path ?? "$";
        var message = exception.Message;
        if (message.Contains("missing required properties", StringComparison.Ordinal))
        {
            var names = Quoted().Matches(message[message.IndexOf("including", StringComparison.Ordinal)..]);
            return RefusedException.Invalid(names.ToDictionary(name => $"{path}.{name.Groups[1].Value}", _ => "is required"));
        }

        if (message.Contains("could not be mapped", StringComparison.Ordinal))
        {
            return RefusedException.Invalid(path, UnknownField);
        }

        if (message.Contains("Duplicate property", StringComparison.Ordinal))
        {
            return RefusedException.Invalid(path, "stands twice");
        }

        if (message.Contains("doesn't allow setting null", StringComparison.Ordinal) || message.Contains("doesn't allow null", StringComparison.Ordinal))
        {
            return RefusedException.Invalid(path, "must not be null");
        }

        if (message.Contains("could not be converted", StringComparison.Ordinal))
        {
            // A number or a truth value that is another kind of JSON is an InvalidOperationException too.
            var wanted = JsonPaths.Describe(type, path);
            return exception.InnerException is InvalidOperationException && wanted is not (JsonPaths.WholeNumber or JsonPaths.Number or JsonPaths.Truth)
                ? HalfPair(path)
                : RefusedException.Invalid(path, $"must be {wanted}");
        }

        return exception is { LineNumber: { } line, BytePositionInLine: { } column }
            ? RefusedException.Invalid(path, $"is not valid JSON at line {line + 1}, byte {column + 1}")
            : RefusedException.Invalid(path, "is not valid JSON");
    }

    [GeneratedRegex("'([^']+)'")]
    private static partial Regex Quoted();
}
