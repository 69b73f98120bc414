using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class EmbeddingStoreConformance<TStore>
{
    // Kinds: 0–2 an append that comes with vectors, 3 one whose vectors follow without a claim, 4–5 one whose vectors are left to a worker, 6–7 a worker, 8 an edit,
    // 9 a removal, 10 a thread's, 11 a search, 12 an append that comes with vectors of another space, 13 an edit that comes with vectors, 14 with such of another space.
    private static readonly Gen<(int Kind, int Thread, int Number)> SomeStep = Gen.Select(Gen.Int[0, 14], Gen.Int[0, 3], Gen.Int[0, 359]);

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
                        <= 2 => AppendTogetherAsync(expected, thread, run, degrees),
                        3 => AppendAtOnceAsync(expected, thread, run, degrees),
                        <= 5 => AppendForLaterAsync(expected, thread, run, degrees),
                        <= 7 => WorkAsync(expected, degrees),
                        8 => EditOneAsync(expected, thread, degrees, embedded: null),
                        9 => DeleteOneAsync(expected, thread, degrees),
                        10 => DeleteThreadAsync(expected, thread),
                        11 => AssertAsync(expected, run),
                        12 => AppendOtherAsync(expected, thread, run, degrees),
                        13 => EditOneAsync(expected, thread, degrees, Embedded(Vectors.At(degrees))),
                        _ => EditOneAsync(expected, thread, degrees, Embedded(Vectors.At(degrees)) with { Space = Other }),
                    });
                }

                await AssertAsync(expected, run);
                await WorkAsync(expected, 45);
                await AssertAsync(expected, run);
            },
            iter: 60,
            threads: 1);

    private async Task AppendTogetherAsync(Dictionary<(string, long), (string, int?)> expected, string thread, int run, int degrees)
    {
        // The first may be there already, or may have been: then nothing is written for it. Where vectors are split off, the same content must have the same.
        var again = IsSplit ? degrees % 6 : degrees;
        var batch = Batch(thread, $"{run}", Drafts.Message($"d{degrees % 6}", $"text {degrees % 6}"), Drafts.Message(null, $"text {degrees}"));
        var appended = await Store.AppendAsync(batch with { EmbeddingDueAt = Now, Embedded = Embedded(Vectors.At(again), Vectors.At(degrees + 45)) }, Token);
        foreach (var (index, placed) in appended.Messages.Index().Where(item => !item.Item.Duplicate))
        {
            expected[(thread, placed.Position)] = (placed.Id, index == 0 ? again : degrees + 45);
        }
    }

    private async Task AppendOtherAsync(Dictionary<(string, long), (string, int?)> expected, string thread, int run, int degrees)
    {
        if (await Embeddings.FindSpaceAsync(Token) is not null)
        {
            var batch = Batch(thread, $"{run}", Drafts.Message(null, $"text {degrees}"));
            var appended = await Store.AppendAsync(batch with { EmbeddingDueAt = Now, Embedded = Embedded(Vectors.At(degrees)) with { Space = Other } }, Token);
            Assert.Equal(1, appended.PendingEmbeddings);
            expected[(thread, appended.Messages[0].Position)] = (appended.Messages[0].Id, null);
        }
    }

    private async Task AppendAtOnceAsync(Dictionary<(string, long), (string, int?)> expected, string thread, int run, int degrees)
    {
        // Vectors may be stored by one who has not claimed them.
        var batch = Batch(thread, $"{run}", Drafts.Message(null, $"text {degrees}")) with { EmbeddingDueAt = Now.AddHours(1) };
        var placed = (await Store.AppendAsync(batch, Token)).Messages[0];
        expected[(thread, placed.Position)] = (placed.Id, null);
        if (degrees % 3 > 0)
        {
            await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource($"{run}"), Terms = ["text"], TopK = 1, CountPending = true }, Token); // it may see the message before its vectors
        }

        var version = new MessageVersion(thread, placed.Position, placed.Id, batch.Messages[0].Role, placed.CreatedAt, 1, batch.Messages[0].Fingerprint);
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

    private async Task EditOneAsync(
        Dictionary<(string Thread, long Position), (string Id, int? Degrees)> expected, string thread, int degrees, EmbeddedTexts? embedded)
    {
        var some = expected.Where(item => item.Key.Thread == thread).OrderBy(item => item.Key.Position).ToList();
        if (some.Count > 0 && await Embeddings.FindSpaceAsync(Token) is { } space)
        {
            var (key, message) = some[degrees % some.Count];
            var text = $"edited at {Guid.NewGuid()}";
            Task editing = embedded is null ? EditAsync(thread, message.Id, text) : EditTogetherAsync(thread, message.Id, text, embedded);
            await editing;
            expected[key] = (message.Id, embedded?.Space == space ? degrees : null);
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
        var near = expected.Where(item => item.Value.Degrees is not null).OrderBy(item => item.Key).ToList();
        var hits = result.Hits.Where(hit => hit.Cosine is not null).OrderBy(hit => (hit.ThreadId, hit.Position)).ToList();
        Assert.Equal(near.Select(item => item.Key), hits.Select(hit => (hit.ThreadId, hit.Position)));
        Assert.All(near.Zip(hits), pair => Assert.Equal(
            Math.Cos(pair.First.Value.Degrees!.Value * Math.PI / 180), pair.Second.Cosine!.Value, CosineTolerance)); // just filtered
    }
}
