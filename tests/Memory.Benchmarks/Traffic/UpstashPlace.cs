using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Memory.Benchmarks.Load;
using Memory.Fakes;

namespace Memory.Benchmarks.Traffic;

/// <summary>A prefix of its own, whose keys are removed with this object.</summary>
/// <param name="settings">What a server is told that shall use the database, all but the prefix.</param>
/// <param name="redis">The Redis behind it, as HOST:PORT.</param>
internal sealed class UpstashPlace(IReadOnlyDictionary<string, string> settings, string redis) : IServerPlace
{
    private const string KeysAtOnce = "1000";

    private readonly string prefix = $"bench-{Guid.NewGuid():N}";

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> ForServer => new Dictionary<string, string>(settings) { ["Memory__Upstash__Prefix"] = prefix };

    /// <summary>Nothing: an answer leaves nothing to be done.</summary>
    public Task SettleAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        // Not the stand-in that the server has: a run that is interrupted at a terminal may find that one gone.
        await using var proxy = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions { Redis = redis });
        using var http = new HttpClient { BaseAddress = new Uri(proxy.Url), DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", proxy.Token) } };
        string? cursor = "0";
        do
        {
            var page = await CommandAsync(http, "SCAN", cursor, "MATCH", $"{prefix}:*", "COUNT", KeysAtOnce);
            cursor = page[0].GetString();
            if (page[1].EnumerateArray().Select(key => key.GetString() ?? "").ToArray() is { Length: > 0 } keys)
            {
                await CommandAsync(http, ["UNLINK", .. keys]);
            }
        }
        while (cursor is not (null or "0"));
    }

    private static async Task<JsonElement> CommandAsync(HttpClient http, params string[] command)
    {
        using var response = await http.PostAsJsonAsync("/", command);
        response.EnsureSuccessStatusCode();
        return (await response.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("result");
    }
}
