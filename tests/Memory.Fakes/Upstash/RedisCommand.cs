using System.Text;

namespace Memory.Fakes;

/// <summary>A command as its arguments, of which the first is its name.</summary>
internal sealed record RedisCommand(IReadOnlyList<byte[]> Arguments)
{
    /// <summary>Its name in capitals.</summary>
    public string Name => Text(0).ToUpperInvariant();

    /// <summary>The bytes of its arguments, which is what counts towards the limit of a command.</summary>
    public long Size => Arguments.Sum(argument => (long)argument.Length);

    public static RedisCommand Of(params string[] arguments) => new([.. arguments.Select(Encoding.UTF8.GetBytes)]);

    /// <summary>An argument as text; empty when there is none.</summary>
    public string Text(int index) => index < Arguments.Count ? Encoding.UTF8.GetString(Arguments[index]) : "";

    /// <summary>The same command with another argument.</summary>
    public RedisCommand With(int index, string argument) =>
        new([.. Arguments.Take(index), Encoding.UTF8.GetBytes(argument), .. Arguments.Skip(index + 1)]);
}
