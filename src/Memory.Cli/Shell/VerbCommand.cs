using System.CommandLine;

namespace Memory.Cli;

/// <summary>A verb, or a noun with verbs: what it is called, what its help says, and what it does.</summary>
internal sealed class VerbCommand : Command
{
    private VerbCommand(string name, string description, string examples)
        : base(name, description) => Examples = examples;

    /// <summary>Example lines for the end of the help.</summary>
    public string Examples { get; }

    /// <summary>What stands between the options and the examples; empty for nothing.</summary>
    public string Notes { get; init; } = "";

    /// <summary>A verb that works on a backend, with <c>--url</c> and <c>--json</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">Lines to try.</param>
    /// <param name="run">What it does; returns one of <see cref="ExitCode"/>.</param>
    /// <param name="symbols">Its arguments and options.</param>
    public static VerbCommand Of(string name, string description, string examples, Func<VerbLine, CancellationToken, Task<int>> run, params IEnumerable<Symbol> symbols) =>
        Of(name, description, examples, "", run, [.. symbols, CommonOptions.Url]);

    /// <summary>A verb that says for itself which backends it works on; with <c>--json</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">One sentence.</param>
    /// <param name="examples">Lines to try.</param>
    /// <param name="notes">What stands between the options and the examples.</param>
    /// <param name="run">What it does; returns one of <see cref="ExitCode"/>.</param>
    /// <param name="symbols">Its arguments and options.</param>
    public static VerbCommand Of(
        string name, string description, string examples, string notes, Func<VerbLine, CancellationToken, Task<int>> run, IEnumerable<Symbol> symbols)
    {
        var verb = new VerbCommand(name, description, examples) { Notes = notes };
        foreach (var symbol in symbols.Append(CommonOptions.Json))
        {
            switch (symbol)
            {
                case Argument argument:
                    verb.Add(argument);
                    break;
                case Option option:
                    verb.Add(option);
                    break;
            }
        }

        verb.SetAction((line, cancellationToken) => VerbRun.RunAsync(line, run, cancellationToken));
        return verb;
    }

    /// <summary>A noun with verbs.</summary>
    public static VerbCommand Noun(string name, string description, string examples, params IEnumerable<VerbCommand> verbs)
    {
        var noun = new VerbCommand(name, description, examples);
        foreach (var verb in verbs)
        {
            noun.Add(verb);
        }

        return noun;
    }
}
