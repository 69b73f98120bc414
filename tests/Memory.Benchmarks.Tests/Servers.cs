namespace Memory.Benchmarks.Tests;

/// <summary>The real servers that the test script started. A test without its server is skipped, except in CI.</summary>
internal static class Servers
{
    /// <summary>Npgsql's connection string of a superuser.</summary>
    public static string Postgres => Find("MEMORY_TEST_POSTGRES", "a PostgreSQL with pgvector, or set it to a connection string of a superuser");

    /// <summary>HOST:PORT.</summary>
    public static string Redis => Find("MEMORY_TEST_REDIS", "a Redis, or set it to HOST:PORT");

    private static string Find(string variable, string what)
    {
        if (Environment.GetEnvironmentVariable(variable) is { Length: > 0 } server)
        {
            return server;
        }

        Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", $"{variable} is not set: ./test.sh starts {what}.");
        throw new InvalidOperationException($"{variable} is not set: run the tests with ./test.sh.");
    }
}
