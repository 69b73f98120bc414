namespace Memory.Benchmarks.Load;

/// <summary>The columns of a report.</summary>
internal static class Subjects
{
    /// <summary>Ours, as a library.</summary>
    public const string InProcess = "in process";

    /// <summary>Ours, as a server.</summary>
    public const string Http = "HTTP";

    /// <summary>The raw driver alone.</summary>
    public const string Bare = "bare insert";

    /// <summary>Vectors in memory alone.</summary>
    public const string Scan = "bare scan";

    /// <summary>What users would pick instead.</summary>
    public const string Peer = "peer";
}
