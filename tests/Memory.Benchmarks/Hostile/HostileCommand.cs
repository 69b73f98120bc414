using System.CommandLine;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Hostile;

/// <summary><c>hostile</c>: what a server does under traffic of which a part means harm.</summary>
internal static class HostileCommand
{
    /// <summary>The command.</summary>
    public static Command Create()
    {
        var seconds = new Option<int>("--seconds") { Description = "How long, at most an hour.", DefaultValueFactory = _ => 600 };
        seconds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > 3_600)
            {
                result.AddError("--seconds must be 1 to 3600.");
            }
        });
        var callers = new Option<int>("--callers") { Description = "Valid callers at a time, and as many hostile ones.", DefaultValueFactory = _ => 32 };
        var server = new Option<FileInfo?>("--server") { Description = "The server to attack, a .dll or an executable.", DefaultValueFactory = _ => RunSettings.BuiltServer() };
        var command = new Command("hostile", "Starts a server of ours on loopback with keys and limits, and sends it valid and hostile requests as fast as it answers: what it answers, how long valid ones take, and its memory.")
        {
            seconds, callers, server,
        };
        command.SetAction(async (line, cancellationToken) =>
        {
            var program = line.GetValue(server) ?? throw new FileNotFoundException("There is no server: build src/Memory.Server in Release, or name one with --server.");
            var run = new HostileRun(program.FullName, TimeSpan.FromSeconds(line.GetValue(seconds)), line.GetValue(callers));
            return await run.RunAsync(Console.Out, cancellationToken) ? 0 : 2;
        });
        return command;
    }
}
