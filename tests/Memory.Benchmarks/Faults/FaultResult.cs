using System.Globalization;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Faults;

/// <summary>What became of a scenario.</summary>
/// <param name="Scenario">Which.</param>
/// <param name="Strikes">How often the fault was applied.</param>
/// <param name="Answered">Messages that were answered.</param>
/// <param name="Inspected">What was found afterwards.</param>
/// <param name="Errors">Calls of writers without an answer, or with an error, which were made again.</param>
/// <param name="Wrongs">Answers that were wrong, during the fault and after it.</param>
/// <param name="LongestSilence">The longest time in which no writer was answered.</param>
/// <param name="WrongTexts">What was wrong first.</param>
internal sealed record FaultResult(
    Scenario Scenario, int Strikes, int Answered, Inspected Inspected, int Errors, int Wrongs, TimeSpan LongestSilence, IReadOnlyCollection<string> WrongTexts)
{
    /// <summary>The columns of the table.</summary>
    public static IReadOnlyList<Column> Columns { get; } =
    [
        new("fault"), new("backend"), new("times applied", "N0"), new("messages answered", "N0"), new("found", "N0"), new("lost", "N0"), new("doubled", "N0"), new("out of order", "N0"),
        new("without vector", "N0"), new("wrong answers", "N0"), new("errors, repeated", "N0"), new("longest without service, s", "0.0"),
    ];

    /// <summary>Whether everything that was answered is there as it was answered, and nothing else, and no answer was wrong.</summary>
    public bool IsClean => Inspected == new Inspected(Answered, 0, 0, 0, 0) && Wrongs == 0;

    /// <summary>Its line of the table.</summary>
    public IReadOnlyList<Cell> Row =>
    [
        Scenario.Fault, Scenario.Backend, (double)Strikes, (double)Answered, (double)Inspected.Found, (double)Inspected.Lost, (double)Inspected.Doubled, (double)Inspected.OutOfOrder,
        (double)Inspected.WithoutVector, (double)Wrongs, (double)Errors, LongestSilence.TotalSeconds,
    ];

    /// <summary>The same in a line, and what was wrong.</summary>
    public override string ToString()
    {
        var counts = Columns.Zip(Row).Where(pair => pair.First.Format is not null)
            .Select(pair => $"{pair.First.Name} {pair.Second.Number?.ToString(pair.First.Format, CultureInfo.InvariantCulture)}");
        return $"{Scenario}: {string.Join(" · ", counts)}{string.Concat(WrongTexts.Select(text => $"\n  {text}"))}";
    }
}
