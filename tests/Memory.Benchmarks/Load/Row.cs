namespace Memory.Benchmarks.Load;

/// <summary>A line of the report.</summary>
/// <param name="Name">What is done.</param>
/// <param name="Work">The work.</param>
/// <param name="Unit">What the figures count.</param>
/// <param name="LeastRounds">How often it is repeated at least.</param>
internal sealed record Row(string Name, Work Work, Unit Unit, int LeastRounds = 3)
{
    /// <summary>Whether a first round is run and forgotten, since libraries are to be measured compiled and not compiling.</summary>
    public bool IsWarmedUp => Work is AppendWork or LastWork or ThreadsWork or TurnWork or RecallWork { Samples: > 1 };

    /// <summary>How often it is repeated when so many rounds are asked for.</summary>
    public int Rounds(int asked) => Work is SameHitsWork or DeleteThreadWork ? 1 : Math.Max(asked, LeastRounds); // the same hits every time; no thread is left
}
