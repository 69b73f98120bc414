using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class EmbeddingStoreConformance<TStore>
{
    // Kinds: 0–3 an append whose vectors follow at once, 4–5 one whose vectors are left to a worker, 6–7 a worker, 8 an edit, 9 a removal, 10 a thread's, 11 a search.
    private static readonly Gen<(int Kind, int Thread, int Number)> SomeStep = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 3], Gen.Int[0, 359]);

    private int runs;

    [Fact]
    public async Task Whatever_happened_before_each_message_has_its_last_vectors_or_awaits_them() =>
        await SomeStep.Array[1, 50].SampleAsync(
            async steps =>
            {
                var run = Interlocked.Increment(ref runs);
                var expected = new Dictionary<(string Thread, long Position), (string Id, int? Degrees)>();
                foreach (var (kind, number, degrees) in steps)
                {
                    var thread = $"{run}/t{number}";
                    await (kind switch
                    {
                        <= 3 => AppendAtOnceAsync(expected, thread, run, degrees),
                        <= 5 => AppendForLaterAsync(expected, thread, run, degrees),
                        <= 7 => WorkAsync(expected, degrees),
                        8 => EditOneAsync(expected, thread, degrees),
                        9 => DeleteOneAsync(expected, thread, degrees),
                        10 => DeleteThreadAsync(expected, thread),
                        _ => AssertAsync(expected, run),
                    });
                }

                await AssertAsync(expected, run);
                await WorkAsync(expected, 45);
                await AssertAsync(expected, run);
            },
            iter: 60,
            threads: 1);

    private async Task AppendAtOnceAsync(Dictionary<(string, long), (string, int?)> expected, string thread, int run, int degrees)
    {
        // As a process does that embeds inline: no worker may claim it yet, and its vectors are stored without a claim.
        var batch = Batch(thread, $"{run}", Drafts.Message(null, $"text {degrees}")) with { EmbeddingDueAt = Now.AddHours(1) };
        var placed = (await Store.AppendAsync(batch, Token)).Messages[0];
        expected[(thread, placed.Position)] = (placed.Id, null);
        if (degrees % 3 > 0)
        {
            await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource($"{run}"), Terms = ["text"], TopK = 1, CountPending = true }, Token); // it may see the message before its vectors
        }

        var version = new MessageVersion(thread, placed.Position, 1, batch.Messages[0].Fingerprint);
        Assert.Equal(1, await Embeddings.PutAsync(Vectors.Space, [new MessageVectors(version, Vectors.At(degrees))], Now, Token));
        expected[(thread, placed.Position)] = (placed.Id, degrees);
    }

    private async Task AppendForLaterAsync(Dictionary<(string, long), (string, int?)> expected, string thread, int run, int degrees)
    {
        var placed = (await ListedAsync(thread, $"{run}", Drafts.Message(null, $"text {degrees}"))).Messages[0];
        expected[(thread, placed.Position)] = (placed.Id, null);
    }

    private async Task WorkAsync(Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, int degrees)
    {
        Clock.Advance(Lease);
        var claimed = await ClaimAsync();
        await PutAsync([.. claimed.Select(item => (item, Vectors.At(degrees)))]);
        foreach (var item in claimed)
        {
            var key = (item.Message.ThreadId, item.Message.Position);
            if (expected.TryGetValue(key, out var message))
            {
                expected[key] = (message.Id, degrees);
            }
        }
    }

    private async Task EditOneAsync(Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, string thread, int degrees)
    {
        var some = expected.Where(item => item.Key.Thread == thread).OrderBy(item => item.Key.Position).ToList();
        if (some.Count > 0 && await Embeddings.FindSpaceAsync(Token) is not null)
        {
            var (key, message) = some[degrees % some.Count];
            await EditAsync(thread, message.Id, $"edited at {Guid.NewGuid()}");
            expected[key] = (message.Id, null);
        }
    }

    private async Task DeleteOneAsync(Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, string thread, int degrees)
    {
        var some = expected.Where(item => item.Key.Thread == thread).OrderBy(item => item.Key.Position).ToList();
        if (some.Count > 0)
        {
            var (key, message) = some[degrees % some.Count];
            await DeleteAsync(thread, message.Id);
            expected.Remove(key);
        }
    }

    private async Task DeleteThreadAsync(Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, string thread)
    {
        await Store.DeleteThreadAsync(thread, null, Token);
        foreach (var key in expected.Keys.Where(key => key.Thread == thread).ToList())
        {
            expected.Remove(key);
        }
    }

    private async Task AssertAsync(Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, int run)
    {
        var result = await SearchAsync(SearchScope.Resource($"{run}"), "", 0);

        Assert.Equal(expected.Count(item => item.Value.Degrees is null), result.PendingEmbeddings);
        Assert.Equal(
            expected.Where(item => item.Value.Degrees is not null).Take(100).Select(item => (item.Key.Thread, item.Key.Position, Math.Round(Math.Cos(item.Value.Degrees!.Value * Math.PI / 180), 4))).Order(), // just filtered
            result.Hits.Where(hit => hit.Cosine is not null).Select(hit => (hit.ThreadId, hit.Position, Math.Round(hit.Cosine!.Value, 4))).Order()); // as above
    }
}
