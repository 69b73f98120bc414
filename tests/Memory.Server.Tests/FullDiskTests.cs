using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace Memory.Server.Tests;

public sealed class FullDiskTests
{
    private const int PerAppend = 5;

    [Fact]
    public async Task A_full_disk_is_503_loses_nothing_and_heals_when_there_is_room_again()
    {
        using var folder = new TempFolder();
        using var mount = Mount.Create(folder.File("disk"), "2m");
        var ballast = Path.Combine(mount.Path, "ballast");
        await File.WriteAllBytesAsync(ballast, new byte[700_000], TestContext.Current.CancellationToken);
        await using var server = await ServerProcess.StartAsync(folder, $"--Memory:LibSql:Url=file:{mount.Path}/memory.db");

        var kept = new List<int>();
        var refused = new List<int>();
        for (var i = 0; refused.Count < 10; i++)
        {
            Assert.True(i < 2_000, "The disk does not fill.");
            using var response = await AppendAsync(server.Client, i);
            if (response.StatusCode == HttpStatusCode.Created)
            {
                kept.Add(i);
                continue;
            }

            refused.Add(i);
            var problem = await response.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
            Assert.Equal((HttpStatusCode.ServiceUnavailable, "backend_unavailable"), (response.StatusCode, problem.GetProperty("code").GetString()));
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            Assert.NotNull(response.Headers.RetryAfter);
            Assert.DoesNotContain(mount.Path, problem.GetRawText(), StringComparison.Ordinal);
        }

        Assert.True(kept.Count > 5);
        await AssertHoldsAsync(server.Client, kept);
        File.Delete(ballast);
        for (var i = 0; i < 10; i++)
        {
            using var response = await AppendAsync(server.Client, refused[i]);
            Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        }

        kept.AddRange(refused);
        await AssertHoldsAsync(server.Client, kept);
        Assert.Equal(0, await server.StopAsync());
        await using var again = await ServerProcess.StartAsync(folder, $"--Memory:LibSql:Url=file:{mount.Path}/memory.db");
        await AssertHoldsAsync(again.Client, kept);
    }

    private static Task<HttpResponseMessage> AppendAsync(HttpClient client, int number) => client.PostAsJsonAsync(
        "/v1/threads/t0/messages",
        new
        {
            resourceId = "r",
            messages = Enumerable.Range(0, PerAppend).Select(i => new { id = $"{number}-{i}", role = "user", content = $"word{number} {new string('x', 2_000)}" }),
        },
        TestContext.Current.CancellationToken);

    private static async Task AssertHoldsAsync(HttpClient client, List<int> appends)
    {
        var stored = await Traffic.ReadAsync(client, 0);
        Assert.Equal(appends.SelectMany(number => Enumerable.Range(0, PerAppend).Select(i => $"{number}-{i}")), stored.Select(message => message.Id));
        Assert.Equal(Enumerable.Range(1, stored.Count).Select(position => (long)position), stored.Select(message => message.Position));
        using var recall = await client.PostAsJsonAsync("/v1/threads/t0/recall", new { query = $"word{appends[0]}", lastMessages = 0, semanticRecall = new { topK = 1 } }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, recall.StatusCode);
    }
}
