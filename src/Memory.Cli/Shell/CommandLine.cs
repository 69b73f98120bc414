using System.CommandLine;

namespace Memory.Cli;

/// <summary>The command line as a whole: its verbs, and how one of them is run.</summary>
internal static class CommandLine
{
    // A verb that is told to stop takes back what it has made, which can take longer than the usual two seconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Runs a verb.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        var root = Root();

        // An argument that begins with @ is an id like any other, and no name of a file with arguments.
        var line = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (line.Errors.Count > 0 && line.Action is not VerbHelp)
        {
            foreach (var problem in line.Errors.Select(error => error.Message).Distinct())
            {
                await Console.Error.WriteLineAsync($"memory: {problem}");
            }

            await Console.Error.WriteLineAsync($"See '{VerbHelp.Path(line.CommandResult)} --help'.");
            return ExitCode.Usage;
        }

        return await line.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = Patience, EnableDefaultExceptionHandler = false });
    }

    private static RootCommand Root()
    {
        var root = new RootCommand("Works with the conversations that Memory keeps: looks at them, asks them, moves them, checks and repairs the place they are kept in.")
        {
            ResourceVerbs.Create(),
            ThreadVerbs.Create(),
            MessageVerbs.Create(),
            RecallVerb.Create(),
            OperationVerbs.Create(),
            KeyVerbs.Create(),
            ExpireVerb.Create(),
            SchemaVerbs.Create(),
            ReembedVerb.Create(),
            EvalVerb.Create(),
            MigrateVerb.Create(),
            VerifyVerb.Create(),
            ExportVerb.Create(),
            ImportVerb.Create(),
            DoctorVerb.Create(),
        };
        VerbHelp.Use(root);
        return root;
    }
}
