using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Memory.OpenApi.Tests;

/// <summary>Checks a server's answer against what the description says of its status.</summary>
internal static class AnswerCheck
{
    public static async Task AsDescribedAsync(ApiOperation operation, HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = ((int)response.StatusCode).ToString(CultureInfo.InvariantCulture);
        var body = await response.Content.ReadAsStringAsync(cancellationToken);
        var responses = operation.Responses.ToDictionary();
        Assert.True(responses.TryGetValue(status, out var described), $"{operation.Id} answers {status}, which is not described: {body}");

        CheckHeaders(described, response);
        if (!described.TryGetProperty("content", out var content))
        {
            Assert.Empty(body);
            return;
        }

        var mediaType = response.Content.Headers.ContentType!.MediaType!; // a body has a type
        Assert.True(content.TryGetProperty(mediaType, out var media), $"{operation.Id} answers {mediaType}, which is not described.");
        Assert.All(Values(mediaType, body), value => Assert.Empty(JsonSchema.Errors(media.GetProperty("schema"), value)));
    }

    private static void CheckHeaders(JsonElement described, HttpResponseMessage response)
    {
        if (!described.TryGetProperty("headers", out var headers))
        {
            return;
        }

        foreach (var header in headers.EnumerateObject())
        {
            var rule = ApiDocument.Resolve(header.Value);
            if (response.Headers.NonValidated.TryGetValues(header.Name, out var values))
            {
                Assert.Empty(JsonSchema.Errors(rule.GetProperty("schema"), JsonSerializer.SerializeToElement(values.ToString())));
            }
            else
            {
                Assert.False(rule.TryGetProperty("required", out var required) && required.GetBoolean(), $"The header {header.Name} is missing.");
            }
        }
    }

    private static IEnumerable<JsonElement> Values(string mediaType, string body) => mediaType switch
    {
        "application/x-ndjson" => body.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonElement.Parse(line)),
        "text/plain" => [JsonSerializer.SerializeToElement(body)],
        _ => [JsonElement.Parse(body)],
    };
}
