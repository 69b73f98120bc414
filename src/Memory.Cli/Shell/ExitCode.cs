namespace Memory.Cli;

/// <summary>What the command's exit code says; <c>memory --help</c> lists the same.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed: the backend cannot be reached, or refused, or something unexpected happened.</summary>
    public const int Failed = 1;

    /// <summary>Done, and what was found is not as it should be.</summary>
    public const int Found = 2;

    /// <summary>Wrong usage (EX_USAGE of sysexits.h).</summary>
    public const int Usage = 64;

    /// <summary>Interrupted (128 + SIGINT).</summary>
    public const int Interrupted = 130;

    /// <summary>For the help.</summary>
    public const string Text =
        """
        Exit codes:
          0    done
          1    failed: the backend cannot be reached, or refused, or something unexpected happened
          2    done, and what was found is not as it should be: differences, a check that failed, a threshold that was missed
          64   wrong usage: the message names the option and what to write
          130  interrupted
        """;
}
