using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Serialization;

using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>The two calls an evaluation needs, over the HTTP API.</summary>
internal sealed class EvalClient(HttpClient http)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        // As a client that knows the wire is UTF-8 would: other escapes only lengthen the request.
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Appends to one thread with the messages' own ids and returns how many were there already.</summary>
    public async Task<int> AppendAsync(string resourceId, string threadId, IReadOnlyList<EvaluationMessage> messages, CancellationToken cancellationToken)
    {
        var request = new AppendBody(resourceId, [.. messages.Select(message => new MessageBody(message.Id, message.Role, message.Name, message.Content, message.CreatedAt))]);
        var answer = await PostAsync<AppendBody, AppendAnswer>($"/v1/threads/{Uri.EscapeDataString(threadId)}/messages", request, cancellationToken);
        return answer.Messages.Count(message => message.Duplicate);
    }

    /// <summary>The ids of a resource's best messages for a question, best first.</summary>
    public Task<IReadOnlyList<string>> RecallInResourceAsync(string resourceId, string question, int topK, CancellationToken cancellationToken) =>
        RecallAsync($"/v1/resources/{Uri.EscapeDataString(resourceId)}/recall", new RecallBody(question, null, new SemanticRecall(topK, 0, "resource")), cancellationToken);

    /// <summary>The ids of a thread's best messages for a question, best first.</summary>
    public Task<IReadOnlyList<string>> RecallInThreadAsync(string threadId, string question, int topK, CancellationToken cancellationToken) =>
        RecallAsync($"/v1/threads/{Uri.EscapeDataString(threadId)}/recall", new RecallBody(question, 0, new SemanticRecall(topK, 0, "thread")), cancellationToken);

    private async Task<IReadOnlyList<string>> RecallAsync(string path, RecallBody body, CancellationToken cancellationToken)
    {
        var answer = await PostAsync<RecallBody, RecallAnswer>(path, body, cancellationToken);
        // Neighbours and the other half of a tool call have no score. The sort is stable: equal scores stay in the order of time.
        return [.. answer.Messages.Where(message => message.Score is not null).OrderByDescending(message => message.Score).Select(message => message.Id)];
    }

    private async Task<TAnswer> PostAsync<TBody, TAnswer>(string path, TBody body, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync(path, body, Json, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            throw new HttpRequestException($"POST {path} answered {(int)response.StatusCode}: {await response.Content.ReadAsStringAsync(cancellationToken)}", null, response.StatusCode);
        }

        return await response.Content.ReadFromJsonAsync<TAnswer>(Json, cancellationToken)
            ?? throw new InvalidDataException($"POST {path} answered null.");
    }

    private sealed record AppendBody(string ResourceId, IReadOnlyList<MessageBody> Messages);

    private sealed record MessageBody(string Id, string Role, string? Name, string Content, string? CreatedAt);

    private sealed record AppendAnswer(IReadOnlyList<AppendedBody> Messages);

    private sealed record AppendedBody(string Id, bool Duplicate);

    private sealed record RecallBody(string Query, int? LastMessages, SemanticRecall SemanticRecall);

    private sealed record SemanticRecall(int TopK, int MessageRange, string Scope);

    private sealed record RecallAnswer(IReadOnlyList<RecalledBody> Messages);

    private sealed record RecalledBody(string Id, double? Score);
}
