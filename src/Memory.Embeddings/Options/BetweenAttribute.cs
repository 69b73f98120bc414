using System.ComponentModel.DataAnnotations;

namespace Memory.Embeddings;

/// <summary>A number from one to another, both included. In place of <see cref="RangeAttribute"/>, whose error message the options generator leaves out.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class BetweenAttribute(int least, int most) : ValidationAttribute
{
    /// <summary>The smallest.</summary>
    public int Least { get; } = least;

    /// <summary>The largest.</summary>
    public int Most { get; } = most;

    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is int number && number >= Least && number <= Most;
}
