using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Memory.Core;

/// <summary>Conversations with labelled questions, to measure recall by: two texts with one JSON object a line.</summary>
/// <param name="Messages">In order; threads may be interleaved.</param>
/// <param name="Questions">Each with the messages that answer it.</param>
public sealed record EvaluationSet(IReadOnlyList<EvaluationMessage> Messages, IReadOnlyList<EvaluationQuestion> Questions)
{
    /// <summary>The names of the two files, as they stand in a folder and in errors.</summary>
    public const string MessageFile = "messages.jsonl", QuestionFile = "questions.jsonl";

    /// <summary>Reads and checks a set. Empty lines, and further fields of a line, are not looked at.</summary>
    /// <param name="messages">The lines of <see cref="MessageFile"/>.</param>
    /// <param name="questions">The lines of <see cref="QuestionFile"/>.</param>
    /// <exception cref="InvalidDataException">A line is not what it must be; the message names file and line.</exception>
    public static EvaluationSet Read(IEnumerable<string> messages, IEnumerable<string> questions)
    {
        var known = new Dictionary<(string Resource, string Message), string>();
        var owners = new Dictionary<string, string>(StringComparer.Ordinal);
        List<EvaluationMessage> all = [];
        foreach (var (line, message) in Lines(messages, MessageFile, EvaluationJson.Default.EvaluationMessage))
        {
            Check(MessageFile, line, ("resourceId", message.ResourceId), ("threadId", message.ThreadId), ("id", message.Id));
            Require(MessageRoles.TryParse(message.Role, out _), MessageFile, line, $"role must be one of {MessageRoles.List}");
            Require(AppendMessages.IsName(message.Name), MessageFile, line, $"name {AppendMessages.NameRule}");
            Require(
                message.CreatedAt is null || Timestamps.TryParseRfc3339(message.CreatedAt, out _), MessageFile, line,
                "createdAt must be an RFC 3339 time with Z or an offset, such as 2030-01-31T09:00:00Z");
            Require(
                owners.TryAdd(message.ThreadId, message.ResourceId) || owners[message.ThreadId] == message.ResourceId, MessageFile, line,
                $"thread '{message.ThreadId}' belongs to resource '{owners[message.ThreadId]}' above");
            Require(
                known.TryAdd((message.ResourceId, message.Id), message.ThreadId), MessageFile, line,
                $"resource '{message.ResourceId}' has a message '{message.Id}' already, and answers are told by these ids");
            all.Add(message);
        }

        List<EvaluationQuestion> asked = [];
        foreach (var (line, question) in Lines(questions, QuestionFile, EvaluationJson.Default.EvaluationQuestion))
        {
            Check(QuestionFile, line, ("resourceId", question.ResourceId));
            Require(!string.IsNullOrWhiteSpace(question.Question), QuestionFile, line, "question must say something");
            Require(question.Gold.Count > 0, QuestionFile, line, "gold must name at least one message");
            foreach (var id in question.Gold)
            {
                Require(
                    known.TryGetValue((question.ResourceId, id), out var thread), QuestionFile, line,
                    $"gold names '{id}', and resource '{question.ResourceId}' has no such message in {MessageFile}");
            }

            Require(
                question.ThreadId is null || owners.GetValueOrDefault(question.ThreadId) == question.ResourceId, QuestionFile, line,
                $"resource '{question.ResourceId}' has no thread '{question.ThreadId}' in {MessageFile}");
            asked.Add(question);
        }

        return new EvaluationSet(
            all.Count > 0 ? all : throw new InvalidDataException($"{MessageFile} has no line."),
            asked.Count > 0 ? asked : throw new InvalidDataException($"{QuestionFile} has no line."));
    }

    private static IEnumerable<(int Line, T Value)> Lines<T>(IEnumerable<string> lines, string file, JsonTypeInfo<T> type)
        where T : class
    {
        var number = 0;
        foreach (var line in lines)
        {
            number++;
            if (!string.IsNullOrWhiteSpace(line))
            {
                yield return (number, Parse(line, number, file, type));
            }
        }
    }

    private static T Parse<T>(string line, int number, string file, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(line, type) ?? throw Wrong(file, number, "must be a JSON object");
        }
        catch (JsonException exception)
        {
            // Its own text repeats the place within the line, which is the only line there is.
            throw Wrong(file, number, $"is not what it must be: {exception.Message.Split(" Path:")[0].Split(" LineNumber:")[0].TrimEnd('.')}", exception);
        }
    }

    private static void Check(string file, int line, params ReadOnlySpan<(string Field, string Id)> ids)
    {
        foreach (var (field, id) in ids)
        {
            Require(Identifier.IsValid(id), file, line, $"{field} {Identifier.Rule}");
        }
    }

    private static void Require(bool holds, string file, int line, string problem)
    {
        if (!holds)
        {
            throw Wrong(file, line, problem);
        }
    }

    private static InvalidDataException Wrong(string file, int line, string problem, Exception? inner = null) => new($"{file}, line {line}: {problem}.", inner);
}

/// <summary>A message to load.</summary>
public sealed record EvaluationMessage
{
    /// <summary>Whose conversation it is in.</summary>
    public required string ResourceId { get; init; }

    /// <summary>The conversation.</summary>
    public required string ThreadId { get; init; }

    /// <summary>Unique within the resource.</summary>
    public required string Id { get; init; }

    /// <summary>As in an append.</summary>
    public required string Role { get; init; }

    /// <summary>The speaker's name.</summary>
    public string? Name { get; init; }

    /// <summary>What was said.</summary>
    public required string Content { get; init; }

    /// <summary>RFC 3339; the time of the loading when absent.</summary>
    public string? CreatedAt { get; init; }
}

/// <summary>A question, and the messages that answer it.</summary>
public sealed record EvaluationQuestion
{
    private static readonly string[] Words = ["who", "whose", "whom", "what", "which", "when", "where", "why", "how"];

    /// <summary>Whose conversations are searched.</summary>
    public required string ResourceId { get; init; }

    /// <summary>A thread that holds an answer, to search in too; null for none.</summary>
    public string? ThreadId { get; init; }

    /// <summary>Names it; not needed.</summary>
    public string? Id { get; init; }

    /// <summary>The question.</summary>
    public required string Question { get; init; }

    /// <summary>The ids of the messages that answer it; at least one.</summary>
    public required IReadOnlyList<string> Gold { get; init; }

    /// <summary>What kind of question it is; when absent, <see cref="KindOrWord"/> goes by its words.</summary>
    public string? Kind { get; init; }

    /// <summary>Its kind, or else the first question word in it (<c>who</c>, <c>what</c>, …), or else <c>other</c>.</summary>
    [JsonIgnore]
    public string KindOrWord => !string.IsNullOrWhiteSpace(Kind) ? Kind
        : Question.ToLowerInvariant().Split([' ', ',', '\'', '’', '?', '.', '"'], StringSplitOptions.RemoveEmptyEntries).FirstOrDefault(Words.Contains) switch
        {
            "whose" or "whom" => "who",
            { } word => word,
            null => "other",
        };
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, RespectNullableAnnotations = true, RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(EvaluationMessage))]
[JsonSerializable(typeof(EvaluationQuestion))]
internal sealed partial class EvaluationJson : JsonSerializerContext;
