using System.Globalization;
using System.Text.Json;

namespace Memory.Storage.Upstash;

/// <summary>What has changed of a resource's vectors, as vectors_fetch answers it.</summary>
/// <param name="Resources">The spaces and resources of the thread that was asked about.</param>
/// <param name="IsAnew">Whether it begins from the beginning, whatever was asked.</param>
/// <param name="Last">The number up to which everything is known now.</param>
/// <param name="Forgotten">The number up to which removals were forgotten.</param>
/// <param name="HasMore">Whether another page follows.</param>
/// <param name="First">The lowest number there is; what has a lower one is gone.</param>
/// <param name="Vectors">Vectors that were put, with their ids and numbers.</param>
/// <param name="Removed">Ids that were removed.</param>
internal sealed record VectorPage(
    IReadOnlyList<string> Resources, bool IsAnew, long Last, long Forgotten, bool HasMore, long First, IReadOnlyList<(string Id, long Number, string Text)> Vectors, IReadOnlyList<string> Removed)
{
    public static VectorPage Read(JsonElement reply)
    {
        var texts = Texts(reply[6]);
        return new VectorPage(
            Texts(reply[0]), reply[1].GetInt32() == 1, Number(reply[2].GetString()), Number(reply[3].GetString()), reply[4].GetInt32() == 1, Number(reply[5].GetString()),
            [.. Enumerable.Range(0, texts.Length / 3).Select(i => (texts[3 * i], Number(texts[(3 * i) + 1]), texts[(3 * i) + 2]))], Texts(reply[7]));
    }

    public static string[] Texts(JsonElement array) => [.. array.EnumerateArray().Select(text => text.GetString() ?? "")];

    private static long Number(string? text) => long.Parse(text ?? "0", CultureInfo.InvariantCulture);
}
