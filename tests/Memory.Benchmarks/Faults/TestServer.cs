namespace Memory.Benchmarks.Faults;

/// <summary>The servers that the scripts of <c>tests/servers</c> start, by the variables that these print.</summary>
internal static class TestServer
{
    /// <summary>What a variable says.</summary>
    /// <exception cref="LeftOutException">It is not set.</exception>
    public static string Find(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value
        ? value
        : throw new LeftOutException($"{variable} is not set: tests/servers has a script that starts the server and prints it.");

    /// <summary>A server that was started, if there is a script for it.</summary>
    /// <exception cref="LeftOutException">There is none.</exception>
    public static T Own<T>(T? server, string variable)
        where T : class => server ?? throw new LeftOutException($"{variable}_SCRIPT is not set: only a server that a script of tests/servers starts may be killed.");
}
