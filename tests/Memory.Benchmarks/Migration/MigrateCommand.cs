using System.CommandLine;
using Memory.Benchmarks.Load;
using Memory.Benchmarks.Results;

namespace Memory.Benchmarks.Migration;

/// <summary><c>migrate</c>: copies conversations from a LibSQL file into PostgreSQL, beside the peer's copy loops.</summary>
internal static class MigrateCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var postgres = new Option<string>("--postgres") { Description = "The database, as Npgsql's connection string. The run has schemas of its own there, and removes them.", Required = true };
        var messages = new Option<int>("--messages") { Description = "How many messages, in threads of 1,000.", DefaultValueFactory = _ => 10_000 };
        var rounds = new Option<int>("--rounds") { Description = "How often each is run; the median is shown.", DefaultValueFactory = _ => 3 };
        var peer = new Option<DirectoryInfo?>("--peer") { Description = "Also runs the peer; its packages are installed into this folder, which should lie outside the repository." };
        var byMessage = new Option<bool>("--by-message") { Description = "Also runs the peer message by message, once." };
        var json = Measurement.NewJsonOption();
        var command = new Command("migrate", "Measures a migration of messages with vectors of 1,536 dimensions from a LibSQL file to PostgreSQL, and verifies it.")
        {
            postgres, messages, rounds, peer, byMessage, json,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            await using var run = new MigrationRun(await PostgresBackend.ConnectAsync(line.GetRequiredValue(postgres), cancellationToken), line.GetValue(messages));
            await run.PrepareAsync(line.GetValue(peer), cancellationToken);
            var measurement = await run.RunAsync(line.GetValue(rounds), line.GetValue(byMessage), cancellationToken);
            await measurement.WriteAsync(line.GetValue(json), cancellationToken);
        });
        return command;
    }
}
