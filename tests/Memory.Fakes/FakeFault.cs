namespace Memory.Fakes;

/// <summary>What goes wrong with a request.</summary>
public sealed record FakeFault
{
    /// <summary>The status to answer with; 0 when something else goes wrong.</summary>
    public int Status { get; private init; }

    /// <summary>Headers beside the status.</summary>
    public IReadOnlyDictionary<string, string> Headers { get; private init; } = new Dictionary<string, string>();

    internal Breakage How { get; private init; }

    /// <summary>The answer ends in the middle of its body.</summary>
    public static FakeFault Truncated { get; } = new() { How = Breakage.Truncate };

    /// <summary>The connection is reset before an answer.</summary>
    public static FakeFault Reset { get; } = new() { How = Breakage.Reset };

    /// <summary>The vectors are answered last first, with their right indexes.</summary>
    public static FakeFault OutOfOrder { get; } = new() { How = Breakage.Reverse };

    /// <summary>The last vector is left out.</summary>
    public static FakeFault OneMissing { get; } = new() { How = Breakage.LeaveOut };

    /// <summary>The body is no JSON.</summary>
    public static FakeFault Garbage { get; } = new() { How = Breakage.Garbage };

    /// <summary>Every vector is all zeros.</summary>
    public static FakeFault Zeros { get; } = new() { How = Breakage.Zero };

    /// <summary>Every vector is three times too long.</summary>
    public static FakeFault Stretched { get; } = new() { How = Breakage.Stretch };

    /// <summary>An error status.</summary>
    public static FakeFault Answer(int status, params (string Name, string Value)[] headers) =>
        new() { Status = status, Headers = headers.ToDictionary(header => header.Name, header => header.Value) };

    internal enum Breakage
    {
        None,
        Truncate,
        Reset,
        Reverse,
        LeaveOut,
        Garbage,
        Zero,
        Stretch,
    }
}
