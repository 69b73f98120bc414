using Memory.Fakes;

namespace Memory.Server.Tests;

/// <summary>A small file system of its own; where the system does not let us mount one the test is skipped, but not in CI.</summary>
internal static class Mount
{
    public static SmallFileSystem Create(string path, string size)
    {
        try
        {
            return SmallFileSystem.Mount(path, size);
        }
        catch (NotSupportedException exception)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", exception.Message);
            throw;
        }
    }
}
