namespace Memory.Cli;

/// <summary><c>memory schema</c>: tables and functions.</summary>
internal static class SchemaVerbs
{
    private const string None = "Upstash has no schema: keys are made as they are needed.";

    /// <summary>The noun with its verbs.</summary>
    public static VerbCommand Create() => VerbCommand.Noun(
        "schema", "The tables and functions of a database. Prints what makes them, or brings them up to date.", "memory schema print --url postgres://localhost/app", Print(), Apply());

    private static VerbCommand Print() => VerbCommand.Of(
        "print", "Prints the statements that make the schema, for an administrator to read or to apply; nothing is connected to. Schema, prefix and names of tables are the configured ones.",
        "memory schema print --url postgres://localhost/app > schema.sql\nMemory__Postgres__Schema=chat memory schema print --url env:DATABASE_URL",
        async (line, _) =>
        {
            await using var backend = line.Open(mustExist: false);
            var script = backend.Schema?.Script();
            if (line.Output.IsJson)
            {
                line.Output.WriteJson(new SchemaScript(backend.Backend, script), CliJson.Default.SchemaScript);
            }
            else
            {
                line.Output.WriteLine(script?.TrimEnd('\n') ?? None);
            }

            return ExitCode.Done;
        });

    private static VerbCommand Apply() => VerbCommand.Of(
        "apply", "Makes the schema, or brings it up to date, and tells from which version to which. A file that is not there is made.",
        "memory schema apply --url file:./memory.db\nmemory schema apply --url env:ADMIN_DATABASE_URL",
        async (line, cancellationToken) =>
        {
            await using var backend = line.Open(mustExist: false);
            var change = backend.Schema is { } schema ? await schema.ApplyAsync(cancellationToken) : null;
            if (line.Output.IsJson)
            {
                line.Output.WriteJson(new SchemaResult(backend.Backend, change?.From, change?.To), CliJson.Default.SchemaResult);
            }
            else
            {
                line.Output.WriteLine(change is null ? None
                    : change.From == change.To ? $"The schema is at version {change.To} already."
                    : change.From == 0 ? $"The schema was made, at version {change.To}."
                    : $"The schema was brought from version {change.From} to version {change.To}.");
            }

            return ExitCode.Done;
        });
}
