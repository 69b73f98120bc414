using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>A folder with conversations and labelled questions.</summary>
internal static class EvalFolder
{
    /// <summary>Reads it.</summary>
    /// <exception cref="InvalidDataException">A line is not what it must be; the message names file and line.</exception>
    public static EvaluationSet Read(DirectoryInfo folder) => EvaluationSet.Read(
        File.ReadLines(Path.Combine(folder.FullName, EvaluationSet.MessageFile)), File.ReadLines(Path.Combine(folder.FullName, EvaluationSet.QuestionFile)));
}
