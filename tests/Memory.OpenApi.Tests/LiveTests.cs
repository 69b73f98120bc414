using System.Net;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Memory.OpenApi.Tests;

/// <summary>The description against a running server.</summary>
public sealed class LiveTests(ServerFixture server) : IClassFixture<ServerFixture>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string, string> RequestExamples =>
    [
        .. from operation in ApiDocument.Operations
           from example in operation.RequestExamples
           select (operation.Id, example.MediaType, example.Name),
    ];

    public static TheoryData<string> OperationsWithoutBody =>
        [.. ApiDocument.Operations.Where(operation => !operation.RequestContent.Any()).Select(operation => operation.Id)];

    // Not examples of the description: tools put those of optional parameters, too, into every request they propose.
    private static readonly Dictionary<string, string[]> ParameterValues = new()
    {
        ["Idempotency-Key"] = [ServerFixture.IdempotencyKey],
        ["If-Match"] = ["*"],
        ["If-None-Match"] = ["*", "\"1\""],
        ["Memory-Cost"] = ["?1", "?0"],
        ["Prefer"] = ["respond-async", "respond-async, wait=10", "return=minimal"],
        ["cursor"] = [],
        ["direction"] = ["asc", "desc"],
        ["from"] = ["2026-01-01T00:00:00Z", "2026-01-01T01:00:00.5+01:00"],
        ["last"] = ["1", "1000"],
        ["limit"] = ["1", "1000"],
        ["orderBy"] = ["createdAt", "updatedAt"],
        ["role"] = ["user", "user,assistant"],
        ["to"] = ["2099-12-31T23:59:59Z"],
    };

    public static TheoryData<string, string, string> OptionalParameters =>
    [
        .. from operation in ApiDocument.Operations
           from parameter in operation.Parameters
           where !parameter.IsRequired
           from value in ParameterValues[parameter.Name]
           select (operation.Id, parameter.Name, value),
    ];

    [Theory]
    [MemberData(nameof(RequestExamples))]
    public async Task Every_request_example_is_accepted(string operationId, string mediaType, string name)
    {
        var operation = ApiDocument.Operation(operationId);
        await PrepareAsync(operation);
        using var request = ServerFixture.Request(operation, operation.RequestExamples.Single(example => example.MediaType == mediaType && example.Name == name));

        using var response = await server.Client.SendAsync(request, Token);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        await AnswerCheck.AsDescribedAsync(operation, response, Token);
    }

    [Theory]
    [MemberData(nameof(OperationsWithoutBody))]
    public async Task Every_request_without_a_body_is_answered(string operationId)
    {
        var operation = ApiDocument.Operation(operationId);
        await PrepareAsync(operation);
        using var request = ServerFixture.Request(operation);

        using var response = await server.Client.SendAsync(request, Token);

        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Token));
        await AnswerCheck.AsDescribedAsync(operation, response, Token);
    }

    [Theory]
    [MemberData(nameof(OptionalParameters))]
    public async Task Every_optional_parameter_is_understood(string operationId, string parameter, string value)
    {
        var operation = ApiDocument.Operation(operationId);
        await PrepareAsync(operation);
        using var request = ServerFixture.Request(operation, operation.RequestExamples.FirstOrDefault());
        if (operation.Parameters.Single(candidate => candidate.Name == parameter).In == "header")
        {
            request.Headers.Add(parameter, value);
        }
        else
        {
            var path = request.RequestUri!.ToString(); // just made
            request.RequestUri = new Uri($"{path}{(path.Contains('?', StringComparison.Ordinal) ? '&' : '?')}{parameter}={Uri.EscapeDataString(value)}", UriKind.Relative);
        }

        using var response = await server.Client.SendAsync(request, Token);

        // "Only if there is none" does not hold after the seed, and "if I have none" neither.
        var expected = (parameter, value, operation.Method) switch
        {
            ("If-None-Match", "*", "GET") => HttpStatusCode.NotModified,
            ("If-None-Match", "*", _) => HttpStatusCode.PreconditionFailed,
            ("Prefer", not "return=minimal", _) => HttpStatusCode.Accepted,
            _ => response.IsSuccessStatusCode ? response.StatusCode : HttpStatusCode.OK,
        };
        Assert.Equal(expected, response.StatusCode);
        await AnswerCheck.AsDescribedAsync(operation, response, Token);

        // What was accepted for later must not come into the next test's seed.
        while (response.StatusCode == HttpStatusCode.Accepted
            && await server.Client.GetStringAsync(response.Headers.Location, Token) is var status
            && (status.Contains("\"queued\"", StringComparison.Ordinal) || status.Contains("\"running\"", StringComparison.Ordinal)))
        {
            await Task.Delay(20, Token);
        }
    }

    [Theory]
    [InlineData("createThread", "/v1/threads", "{}", "", 400, "invalid_request")]
    [InlineData("createThread", "/v1/threads", """{"id":"trip-to-lisbon","resourceId":"ada"}""", "", 409, "already_exists")]
    [InlineData("listThreads", "/v1/threads", null, "", 400, "invalid_request")]
    [InlineData("getThread", "/v1/threads/unknown", null, "", 404, "thread_not_found")]
    [InlineData("updateThread", "/v1/threads/trip-to-lisbon", "{}", "If-Match: \"1\"", 412, "precondition_failed")]
    [InlineData("updateThread", "/v1/threads/unknown", "{}", "", 404, "thread_not_found")]
    [InlineData("deleteThread", "/v1/threads/trip-to-lisbon", null, "If-Match: \"1\"", 412, "precondition_failed")]
    [InlineData("deleteThread", "/v1/threads/unknown", null, "", 404, "thread_not_found")]
    [InlineData("cloneThread", "/v1/threads/unknown/clone", "{}", "", 404, "thread_not_found")]
    [InlineData("cloneThread", "/v1/threads/trip-to-lisbon/clone", """{"id":"trip-to-lisbon"}""", "", 409, "already_exists")]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", """{"messages":[]}""", "", 400, "invalid_request")]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", """{"resourceId":"grace","messages":[{"role":"user","content":"x"}]}""", "", 404, "thread_not_found")]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", """{"messages":[{"id":"m1","role":"user","content":"x"}]}""", "", 409, "message_conflict")]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", """{"expectedPosition":0,"messages":[{"role":"user","content":"x"}]}""", "", 409, "position_mismatch")]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", "<x/>", "Content-Type: application/xml", 415, "unsupported_media_type")]
    [InlineData("listMessages", "/v1/threads/trip-to-lisbon/messages?last=1&limit=1", null, "", 400, "invalid_request")]
    [InlineData("listMessages", "/v1/threads/unknown/messages", null, "", 404, "thread_not_found")]
    [InlineData("updateMessage", "/v1/threads/trip-to-lisbon/messages/unknown", "{}", "", 404, "message_not_found")]
    [InlineData("deleteMessage", "/v1/threads/unknown/messages/m1", null, "", 404, "message_not_found")]
    [InlineData("recallInThread", "/v1/threads/unknown/recall", "{}", "", 404, "thread_not_found")]
    [InlineData("recallInThread", "/v1/threads/trip-to-lisbon/recall", """{"append":{"messages":[{"id":"m1","role":"user","content":"x"}]}}""", "", 409, "message_conflict")]
    [InlineData("recallInResource", "/v1/resources/ada/recall", "{}", "", 400, "invalid_request")]
    [InlineData("recallInResource", "/v1/resources/ada/recall", """{"query":"x","append":{"messages":[{"role":"user","content":"x"}]}}""", "", 400, "invalid_request")]
    [InlineData("getThreadWorkingMemory", "/v1/threads/unknown/working-memory", null, "", 404, "thread_not_found")]
    [InlineData("putThreadWorkingMemory", "/v1/threads/unknown/working-memory", "{}", "", 404, "thread_not_found")]
    [InlineData("patchThreadWorkingMemory", "/v1/threads/unknown/working-memory", "{}", "", 404, "thread_not_found")]
    [InlineData("deleteThreadWorkingMemory", "/v1/threads/unknown/working-memory", null, "", 404, "thread_not_found")]
    [InlineData("getResourceWorkingMemory", "/v1/resources/unknown/working-memory", null, "", 404, "working_memory_not_found")]
    [InlineData("putResourceWorkingMemory", "/v1/resources/ada/working-memory", "{}", "If-Match: \"1\"", 412, "precondition_failed")]
    [InlineData("deleteResourceWorkingMemory", "/v1/resources/unknown/working-memory", null, "", 404, "working_memory_not_found")]
    [InlineData("getOperation", "/v1/operations/unknown", null, "", 404, "operation_not_found")]
    public async Task Refusals_are_as_described(string operationId, string path, string? body, string header, int status, string code)
    {
        var operation = ApiDocument.Operation(operationId);
        await server.SeedAsync(Token);
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path);
        var (name, value) = header.Split(": ") is [var before, var after] ? (before, after) : ("", "");
        if (body is not null)
        {
            request.Content = new StringContent(body, Encoding.UTF8, name == "Content-Type" ? value : "application/json");
        }

        if (name == "If-Match")
        {
            request.Headers.Add(name, value);
        }

        using var response = await server.Client.SendAsync(request, Token);

        Assert.Equal((status, code), ((int)response.StatusCode, await CodeAsync(response)));
        await AnswerCheck.AsDescribedAsync(operation, response, Token);
    }

    [Theory]
    [InlineData("createThread", "/v1/threads", 256 * 1024)]
    [InlineData("putResourceWorkingMemory", "/v1/resources/ada/working-memory", 256 * 1024)]
    [InlineData("appendMessages", "/v1/threads/trip-to-lisbon/messages", 4 * 1024 * 1024)]
    [InlineData("recallInThread", "/v1/threads/trip-to-lisbon/recall", 4 * 1024 * 1024)]
    public async Task A_body_beyond_the_stated_limit_is_refused_as_described(string operationId, string path, int limit)
    {
        var operation = ApiDocument.Operation(operationId);
        using var request = new HttpRequestMessage(new HttpMethod(operation.Method), path)
        {
            Content = new StringContent(new string(' ', limit + 1), Encoding.UTF8, "application/json"),
        };

        using var response = await server.Client.SendAsync(request, Token);

        Assert.Equal("payload_too_large", await CodeAsync(response));
        await AnswerCheck.AsDescribedAsync(operation, response, Token);
    }

    [Fact]
    public async Task A_cursor_gives_the_next_page()
    {
        var operation = ApiDocument.Operation("listMessages");
        await server.SeedAsync(Token);
        using var first = await server.Client.GetAsync($"{operation.ExamplePath}?limit=1", Token);
        var cursor = JsonElement.Parse(await first.Content.ReadAsStringAsync(Token)).GetProperty("nextCursor").GetString();

        using var second = await server.Client.GetAsync($"{operation.ExamplePath}?limit=1&cursor={cursor}", Token);

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        await AnswerCheck.AsDescribedAsync(operation, second, Token);
    }

    [Fact]
    public async Task The_server_serves_this_document() =>
        Assert.Equal(ApiDocument.Text, await server.Client.GetStringAsync("/openapi/v1.json", Token));

    [Fact]
    public async Task The_docs_page_loads_nothing_from_outside()
    {
        var page = await server.Client.GetStringAsync("/docs", Token);

        Assert.DoesNotContain("//", page, StringComparison.Ordinal); // no address with a host
        Assert.Contains("\"withDefaultFonts\":false", page, StringComparison.Ordinal);
        Assert.Contains("\"telemetry\":false", page, StringComparison.Ordinal);
        Assert.Contains("\"url\":\"openapi/v1.json\"", page, StringComparison.Ordinal);
    }

    private static async Task<string?> CodeAsync(HttpResponseMessage response) =>
        JsonElement.Parse(await response.Content.ReadAsStringAsync(Token)).GetProperty("code").GetString();

    private async Task PrepareAsync(ApiOperation operation)
    {
        if (operation.Id == "createThread")
        {
            await server.EraseAsync(Token);
            return;
        }

        await server.SeedAsync(Token);
        if (operation.Id == "getOperation")
        {
            await server.AcceptAsync(Token);
        }
    }
}
