using System.ClientModel.Primitives;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.RegularExpressions;
using Memory.Core;

namespace Memory.Embeddings;

/// <summary>Says what a service's error answers mean to somebody who runs this one.</summary>
internal static partial class ServiceFailures
{
    /// <summary>The failure behind an answer that is no success.</summary>
    public static EmbeddingException Translate(EmbeddingService service, PipelineResponse response, DateTimeOffset now)
    {
        var reason = response.Status switch
        {
            400 or 413 or 422 => $"the service refused the input ({response.Status}{Detail(response.Content)})",
            401 or 403 => $"the service refused the key or the identity ({response.Status}); check {service.Section}:ApiKey",
            404 => $"the service knows no such deployment or model (404); check what is set under {service.Section}",
            408 => "the service gave up waiting (408)",
            429 => "the service allows no more requests for now (429)",
            var status => $"the service answered {status}",
        };
        return new EmbeddingException(
            service.Embedder,
            isTransient: response.Status is 408 or 429 or >= 500,
            reason,
            RetryAfter(response.Headers, now),
            response.Status is 400 or 413 or 422 ? new RefusedInputException(response.Status) : null);
    }

    // retry-after-ms is not documented; OpenAI's own SDKs read it first.
    private static TimeSpan? RetryAfter(PipelineResponseHeaders headers, DateTimeOffset now)
    {
        if (headers.TryGetValue("retry-after-ms", out var text) && double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var milliseconds)
            && milliseconds is >= 0 and < int.MaxValue)
        {
            return TimeSpan.FromMilliseconds(milliseconds);
        }

        if (!headers.TryGetValue("Retry-After", out text) || !RetryConditionHeaderValue.TryParse(text, out var asked))
        {
            return null;
        }

        var wait = asked.Delta ?? asked.Date - now;
        return wait < TimeSpan.Zero ? TimeSpan.Zero : wait;
    }

    // The error's code and parameter tell a wrong setting from a bad text. Its message may quote the text, so it stays out.
    private static string Detail(BinaryData content)
    {
        try
        {
            using var body = JsonDocument.Parse(content);
            return body.RootElement.ValueKind == JsonValueKind.Object && body.RootElement.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
                ? Word(error, "code") + Word(error, "param")
                : "";
        }
        catch (JsonException)
        {
            return "";
        }
    }

    private static string Word(JsonElement error, string name) =>
        error.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { } word && Identifier().IsMatch(word) ? $", {name} {word}" : "";

    [GeneratedRegex(@"^[A-Za-z_]{1,40}\z")]
    private static partial Regex Identifier();
}
