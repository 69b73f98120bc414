using System.Text.Json;
using Memory.Core;

namespace Memory.Http;

/// <summary>Makes a recall query of a request, or says everything that is wrong with it.</summary>
internal sealed class RecallParser(AppendMessages append, RecallOptions defaults)
{
    /// <summary>The longest question, in characters.</summary>
    public const int MaxQueryLength = 100_000;

    public RecallQuery ForThread(ThreadAddress thread, RecallRequest request, string? idempotencyKey)
    {
        var errors = new FieldErrors();
        var scope = request.SemanticRecall?.Scope switch
        {
            null or "thread" => SearchScope.Thread(thread),
            "resource" => SearchScope.ResourceOf(thread),
            _ => Refuse(SearchScope.Thread(thread), "must be \"thread\" or \"resource\""),
        };
        var query = Parse(request, scope, defaults.LastMessages, errors);
        errors.ThrowIfAny();
        return request.Append is null ? query : query with { Append = append.Prepare(thread.Id, request.Append, idempotencyKey, "$.append") };

        SearchScope Refuse(SearchScope instead, string problem)
        {
            errors.Add("$.semanticRecall.scope", problem);
            return instead;
        }
    }

    public RecallQuery ForResource(string resourceId, RecallRequest request)
    {
        var errors = new FieldErrors();
        if (request.Append is not null)
        {
            errors.Add("$.append", "needs a thread: use POST /v1/threads/{threadId}/recall");
        }

        if (request.LastMessages > 0)
        {
            errors.Add("$.lastMessages", "must be 0 or absent: a resource has no last messages; use POST /v1/threads/{threadId}/recall");
        }

        if (request.Query is null)
        {
            errors.Add("$.query", "is required");
        }

        if (request.SemanticRecall?.Scope is not (null or "resource"))
        {
            errors.Add("$.semanticRecall.scope", "must be \"resource\" or absent");
        }

        var query = Parse(request, SearchScope.Resource(resourceId), 0, errors);
        errors.ThrowIfAny();
        return query;
    }

    private RecallQuery Parse(RecallRequest request, SearchScope scope, int lastMessages, FieldErrors errors)
    {
        var semantic = request.SemanticRecall ?? new SemanticRecallRequest();
        if (request.Query is { } question && (string.IsNullOrWhiteSpace(question) || question.Length > MaxQueryLength))
        {
            errors.Add("$.query", $"must be 1 to {MaxQueryLength} characters; leave it out to get the last messages only");
        }

        if (semantic.MinScore is < 0 or > 1)
        {
            errors.Add("$.semanticRecall.minScore", "must be 0 to 1");
        }

        if (request.Format is not (null or RecallRequest.AsMessages or RecallRequest.AsPrompt))
        {
            errors.Add("$.format", $"must be \"{RecallRequest.AsMessages}\" or \"{RecallRequest.AsPrompt}\"");
        }

        if (request.MaxTokens < 1)
        {
            errors.Add("$.maxTokens", "must be 1 or more");
        }

        var (before, after) = Range(semantic.MessageRange, errors);
        return new RecallQuery
        {
            Scope = scope,
            Query = request.Query,
            LastMessages = errors.Number("$.lastMessages", request.LastMessages, lastMessages, 0, RecallQuery.MaxLastMessages),
            TopK = errors.Number("$.semanticRecall.topK", semantic.TopK, defaults.TopK, 0, RecallQuery.MaxTopK),
            Before = before,
            After = after,
            MinScore = semantic.MinScore ?? 0,
            Filter = semantic.Filter is null ? null : FilterParser.Parse(semantic.Filter, "$.semanticRecall.filter", errors),
            MaxTokens = request.MaxTokens,
        };
    }

    private (int Before, int After) Range(RawJson? json, FieldErrors errors)
    {
        const string path = "$.semanticRecall.messageRange";
        if (json is null)
        {
            return (defaults.MessageRange, defaults.MessageRange);
        }

        using var document = json.Parse();
        var range = document.RootElement;
        if (range.ValueKind == JsonValueKind.Number)
        {
            var both = Side(range, path, errors);
            return (both, both);
        }

        if (range.ValueKind != JsonValueKind.Object)
        {
            errors.Add(path, "must be a number or {\"before\": n, \"after\": n}");
            return default;
        }

        var (before, after) = (0, 0);
        foreach (var side in range.EnumerateObject())
        {
            switch (side.Name)
            {
                case "before":
                    before = Side(side.Value, $"{path}.before", errors);
                    break;
                case "after":
                    after = Side(side.Value, $"{path}.after", errors);
                    break;
                default:
                    errors.Add($"{path}.{side.Name}", RequestReader.UnknownField);
                    break;
            }
        }

        return (before, after);
    }

    private static int Side(JsonElement value, string path, FieldErrors errors)
    {
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var side))
        {
            return errors.Number(path, side, 0, 0, RecallQuery.MaxRange);
        }

        errors.Add(path, $"must be a whole number from 0 to {RecallQuery.MaxRange}");
        return 0;
    }
}
