using System.Text.Json;

namespace Memory.Benchmarks.Eval;

/// <summary>Conversations with labelled questions: <c>messages.jsonl</c> and <c>questions.jsonl</c> in one folder.</summary>
/// <param name="Messages">In order; threads may be interleaved.</param>
/// <param name="Questions">Each with the messages that answer it.</param>
internal sealed record EvalFolder(IReadOnlyList<EvalMessage> Messages, IReadOnlyList<EvalQuestion> Questions)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    /// <summary>Reads a folder; further fields of a line are not looked at.</summary>
    public static EvalFolder Read(DirectoryInfo folder) => new(
        ReadLines<EvalMessage>(Path.Combine(folder.FullName, "messages.jsonl")),
        ReadLines<EvalQuestion>(Path.Combine(folder.FullName, "questions.jsonl")));

    private static List<T> ReadLines<T>(string path) =>
        [.. File.ReadLines(path)
            .Where(line => line.Length > 0)
            .Select(line => JsonSerializer.Deserialize<T>(line, Json) ?? throw new InvalidDataException($"{path} holds a line that is null."))];
}

/// <summary>A message to load.</summary>
internal sealed record EvalMessage(string ResourceId, string ThreadId, string Id, string Role, string? Name, string Content, string? CreatedAt);

/// <summary>A question, and the ids of the messages that answer it; with a thread when the answer is to be found there too.</summary>
internal sealed record EvalQuestion(string ResourceId, string? ThreadId, string Id, string Question, IReadOnlyList<string> Gold);
