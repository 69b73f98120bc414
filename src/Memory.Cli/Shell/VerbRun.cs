using System.CommandLine;
using Memory.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;

namespace Memory.Cli;

/// <summary>Runs a verb, and makes an exit code and one line of whatever it throws.</summary>
internal static class VerbRun
{
    /// <summary>Runs it.</summary>
    public static async Task<int> RunAsync(ParseResult line, Func<VerbLine, CancellationToken, Task<int>> run, CancellationToken cancellationToken)
    {
        var environment = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        var error = new StandardError(Console.Error, Secrets.Of(environment));
        await using var output = new Output(line.GetValue(CommonOptions.Json));
        try
        {
            return await run(new VerbLine(line, output, error, environment), cancellationToken);
        }
        catch (UsageException wrong)
        {
            error.WriteLine($"memory: {wrong.Message}");
            error.WriteLine($"See '{VerbHelp.Path(line.CommandResult)} --help'.");
            return ExitCode.Usage;
        }
#pragma warning disable CA1031 // The host's edge: whatever was thrown becomes a line and an exit code.
        catch (Exception exception)
        {
            if (cancellationToken.IsCancellationRequested)
            {
                error.WriteLine("memory: interrupted");
                return ExitCode.Interrupted;
            }

            error.WriteLine($"memory: {Explain(exception)}");
            return ExitCode.Failed;
        }
#pragma warning restore CA1031
    }

    /// <summary>What to tell somebody of an exception.</summary>
    public static string Explain(Exception exception) => exception switch
    {
        OptionsValidationException options => $"the configuration is wrong: {string.Join(' ', options.Failures.Distinct())}",
        MemoryStoreException or RefusedException or EmbeddingException or InvalidDataException or FormatException or IOException or UnauthorizedAccessException or ArgumentException
            => exception.Message,
        _ => $"unexpected {exception.GetType().Name}: {exception.Message}",
    };
}
