using System.Security.Cryptography;
using System.Text;

namespace Memory.Core;

/// <summary>What a store remembers of an erased resource: that it was erased and when, not who it was.</summary>
public static class Erasures
{
    /// <summary>How long that is: longer than any message stays on a queue (7 days unless its producer says otherwise) and any operation is retried.</summary>
    public static TimeSpan Remembered { get; } = TimeSpan.FromDays(30);

    /// <summary>What stands for a resource's id: its SHA-256, 64 hexadecimal digits.</summary>
    public static string Mark(string resourceId) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(resourceId)));
}
