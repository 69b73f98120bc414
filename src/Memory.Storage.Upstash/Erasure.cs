using System.Text.Json;
using Memory.Core;

namespace Memory.Storage.Upstash;

/// <summary>The removal of a resource, in runs of a script that each take a bounded number of threads and messages.</summary>
internal static class Erasure
{
    private const int MessagesPerStep = 2_000;

    private const string Operation = "erase a resource";

    // The script's numbers come before the threads that it removed.
    private const int Threads = 0, Messages = 1, Documents = 2, Operations = 3, Found = 4, Numbers = 5;

    public static async Task<ErasedCounts> RunAsync(RedisClient redis, Keys keys, string resourceId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // First: what was accepted before then is either stored already, and found, or refused.
        await redis.EvalAsync(
            Operation, Scripts.NoteErasure, [keys.Erasures],
            [Erasures.Mark(resourceId), Packed.Number(now.ToUnixMicroseconds()), Packed.Number((now - Erasures.Remembered).ToUnixMicroseconds())], _ => true, cancellationToken);

        var sum = new ErasedCounts(0, 0, 0, 0, 0);
        var isWhole = false;
        string[] removed = [];
        while (!isWhole)
        {
            (sum, removed) = await redis.EvalAsync(
                Operation, Scripts.Erase, [], [keys.Prefix, resourceId, Packed.Number(MessagesPerStep), .. removed], answer => (Sum(sum, answer), Removed(answer)), cancellationToken);

            // With no thread left it removed the rest. What a last look finds was appended meanwhile.
            isWhole = removed.Length == 0 && await redis.EvalAsync(Operation, Scripts.EraseLook, [], [keys.Prefix, resourceId], answer => answer.GetInt64() == 0, cancellationToken);
        }

        return sum;
    }

    private static ErasedCounts Sum(ErasedCounts before, JsonElement answer) => new(
        before.Threads + Math.Max(0, answer[Threads].GetInt64()), before.Messages + answer[Messages].GetInt64(), before.WorkingMemories + answer[Documents].GetInt64(),
        before.Operations + answer[Operations].GetInt64(), before.Leftovers + answer[Found].GetInt64());

    private static string[] Removed(JsonElement answer) => [.. answer.EnumerateArray().Skip(Numbers).Select(item => item.ValueKind == JsonValueKind.Number ? Packed.Number(item.GetInt64()) : item.GetString()!)]; // ids are texts
}
