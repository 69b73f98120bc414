namespace Memory.Benchmarks.Costs;

/// <summary>What a call takes, apart from time.</summary>
/// <param name="Call">Which.</param>
/// <param name="Messages">How many messages its thread holds.</param>
/// <param name="Requests">Round trips to the storage; of a file, transactions.</param>
/// <param name="Sent">Bytes sent to the storage, in the mean; 0 of a file.</param>
/// <param name="Received">Bytes received from the storage, in the mean; 0 of a file.</param>
/// <param name="Allocated">Bytes of managed memory that the process allocates for it, in the mean, once compiled and cached.</param>
internal sealed record CallCost(string Call, int Messages, double Requests, double Sent, double Received, double Allocated);
