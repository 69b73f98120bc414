using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;

namespace Memory.Cli;

/// <summary>The help, with notes and examples at its end.</summary>
internal sealed class VerbHelp(HelpAction usual) : SynchronousCommandLineAction
{
    private const string RootNotes =
        $"""
        Which backend: --url, or else the same environment variables as the service's
        (DATABASE_URL, UPSTASH_REDIS_REST_URL, LIBSQL_URL, Memory__Section__Key; README lists them).
        The result alone goes to standard output, as text or with --json as JSON; all else to standard error.

        {ExitCode.Text}
        """;

    private const string RootExamples =
        """
        memory doctor
        memory resources list --url file:./.memory/memory.db
        memory recall --resource ada --query "Which dishes are without peanuts?" --json
        """;

    /// <summary>Gives a command line this help.</summary>
    public static void Use(RootCommand root)
    {
        var option = root.Options.OfType<HelpOption>().Single();
        option.Action = new VerbHelp((HelpAction)option.Action!); // the library's own option has its action
    }

    /// <summary>A command as it is written: <c>memory threads list</c>.</summary>
    public static string Path(CommandResult? command)
    {
        List<string> names = [];
        for (; command is not null; command = command.Parent as CommandResult)
        {
            names.Insert(0, command.Command is RootCommand ? "memory" : command.Command.Name);
        }

        return string.Join(' ', names);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        var (notes, examples) = parseResult.CommandResult.Command is VerbCommand verb ? (verb.Notes, verb.Examples) : (RootNotes, RootExamples);
        if (notes.Length > 0)
        {
            output.WriteLine(notes);
            output.WriteLine();
        }

        output.WriteLine("Examples:");
        foreach (var line in examples.Split('\n'))
        {
            output.WriteLine($"  {line.TrimEnd('\r')}");
        }

        return ExitCode.Done;
    }
}
