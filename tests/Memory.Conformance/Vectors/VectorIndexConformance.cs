using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every index of vectors whose messages are elsewhere does.</summary>
/// <typeparam name="TIndex">The index; it is named so that none ships without the suite.</typeparam>
public abstract class VectorIndexConformance<TIndex> : IAsyncLifetime
    where TIndex : IVectorIndex
{
    private const string Fingerprint = "000102030405060708090a0b0c0d0e0f";
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private (TIndex Index, Func<ValueTask> Release)? made;

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>How far a cosine may be off: what the index keeps a number in.</summary>
    protected virtual double Tolerance => 1e-6;

    private TIndex Index => (made ?? throw new InvalidOperationException("The index is made before each test.")).Index;

    public async ValueTask InitializeAsync() => made = await CreateAsync();

    public async ValueTask DisposeAsync()
    {
        await (made?.Release() ?? ValueTask.CompletedTask);
        GC.SuppressFinalize(this);
    }

    /// <summary>Makes an index that is empty and shared with nobody.</summary>
    protected abstract Task<(TIndex Index, Func<ValueTask> Release)> CreateAsync();

    /// <summary>Waits until everything that was written is searched.</summary>
    protected virtual Task SettleAsync() => Task.CompletedTask;

    [Fact]
    public async Task What_is_nearest_comes_first_by_its_nearest_vector()
    {
        await PutAsync("r", Entry("t", "far", Vectors.At(90)), Entry("t", "near", Vectors.At(10)), Entry("t", "two", (float[])[.. Vectors.At(120), .. Vectors.At(30)]));

        var found = await SearchAsync(Query("t"));

        Assert.Equal(["near", "two", "far"], found.Select(near => near.Content.MessageId));
        Assert.Equal([Cos(10), Cos(30), Cos(90)], found.Select(near => near.Cosine), Near);
        Assert.Equal(Content("t", "near"), found[0].Content);
        Assert.Equal(["near", "two"], (await SearchAsync(Query("t") with { Top = 2 })).Select(near => near.Content.MessageId));
    }

    [Fact]
    public async Task A_search_sees_one_thread_or_one_resource()
    {
        await PutAsync("r", Entry("t1", "m", Vectors.At(10)), Entry("t2", "m", Vectors.At(20)));
        await PutAsync("other", Entry("t3", "m", Vectors.At(0)));

        Assert.Equal(["t1"], (await SearchAsync(Query("t1"))).Select(near => near.Content.ThreadId));
        Assert.Equal(["t1", "t2"], (await SearchAsync(Query(null, "r"))).Select(near => near.Content.ThreadId));
        Assert.Empty(await SearchAsync(Query("unknown")));
        Assert.Empty(await SearchAsync(Query(null, "unknown")));
    }

    [Fact]
    public async Task The_same_content_again_is_kept_once()
    {
        await PutAsync("r", Entry("t", "m", Vectors.At(40)));
        await PutAsync("r", Entry("t", "m", Vectors.At(10)));
        Assert.Equal(Cos(10), Assert.Single(await SearchAsync(Query("t"))).Cosine, Near);
    }

    [Fact]
    public async Task Contents_of_one_message_are_kept_and_removed_apart()
    {
        var edited = Content("t", "m") with { Revision = 2 };
        await PutAsync("r", Entry("t", "m", Vectors.At(40)), new VectorEntry(edited, MessageRole.User, Noon, Vectors.At(10)), Entry("t", "n", Vectors.At(20)));
        Assert.Equal(3, (await SearchAsync(Query("t"))).Count);

        await Index.RemoveAsync("t", [Content("t", "m")], Token);
        await SettleAsync();
        Assert.Equal([edited, Content("t", "n")], (await SearchAsync(Query("t"))).Select(near => near.Content));

        await Index.RemoveMessageAsync("t", "m", Token);
        await SettleAsync();
        Assert.Equal([Content("t", "n")], (await SearchAsync(Query("t"))).Select(near => near.Content));
    }

    [Fact]
    public async Task A_thread_or_a_resource_is_removed_whole()
    {
        await PutAsync("r", Entry("t1", "m", Vectors.At(10)), Entry("t2", "m", Vectors.At(20)), Entry("t2", "n", (float[])[.. Vectors.At(1), .. Vectors.At(30)]), Entry("t", "m", Vectors.At(20)));
        await PutAsync("other", Entry("t4", "m", Vectors.At(0)));

        await Index.RemoveThreadAsync("t2", Token);
        await SettleAsync();
        Assert.Equal(["t1", "t"], (await SearchAsync(Query(null, "r"))).Select(near => near.Content.ThreadId));

        await Index.RemoveResourceAsync("r", Token);
        await Index.RemoveResourceAsync("r", Token);
        await SettleAsync();
        Assert.Empty(await SearchAsync(Query(null, "r")));
        Assert.Single(await SearchAsync(Query(null, "other")));
    }

    [Fact]
    public async Task Role_and_time_narrow_a_search_before_the_nearest_are_counted()
    {
        var entries = Enumerable.Range(0, 60).Select(i => new VectorEntry(
            Content("t", $"m{i}"), i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, Noon.AddMinutes(i), Vectors.At(i))).ToArray();
        await PutAsync("r", entries);

        var filter = new MessageFilter { Roles = [MessageRole.Assistant], From = Noon.AddMinutes(31), To = Noon.AddMinutes(37) };
        Assert.Equal(["m31", "m33", "m35"], (await SearchAsync(Query("t") with { Filter = filter, Top = 3 })).Select(near => near.Content.MessageId));
        Assert.Equal(["m31", "m33", "m35", "m37"], (await SearchAsync(Query(null, "r") with { Filter = filter, Top = 20 })).Select(near => near.Content.MessageId));
        Assert.Empty(await SearchAsync(Query("t") with { Filter = new MessageFilter { Roles = [MessageRole.Tool] } }));
    }

    [Fact]
    public async Task Only_vectors_of_the_questions_space_are_compared()
    {
        var next = new EmbeddingSpace("next-model", Vectors.Space.Dimensions);
        await PutAsync("r", Entry("t", "before", Vectors.At(0)));
        await Index.PutAsync(next, "r", [Entry("t", "after", Vectors.At(50))], Token);
        await SettleAsync();

        Assert.Equal(["before"], (await SearchAsync(Query("t"))).Select(near => near.Content.MessageId));
        Assert.Equal(["after"], (await SearchAsync(Query("t") with { Vector = new QueryVector(next, Vectors.At(0)) })).Select(near => near.Content.MessageId));

        await Index.KeepOnlyAsync(next, Token);
        await SettleAsync();
        Assert.Empty(await SearchAsync(Query("t")));
        Assert.Single(await SearchAsync(Query("t") with { Vector = new QueryVector(next, Vectors.At(0)) }));
    }

    [Fact]
    public async Task Any_id_is_an_id()
    {
        string[] ids = ["a", "A", "a'b", "a\"b", "a/b#c?d", "*", "%", "_", "a b", "é😀", "' or 1=1 --", "x\\", new string('w', 256)];
        foreach (var id in ids)
        {
            await Index.PutAsync(Vectors.Space, id, [Entry(id, id, Vectors.At(10))], Token);
        }

        await SettleAsync();
        foreach (var id in ids)
        {
            Assert.Equal([Content(id, id)], (await SearchAsync(Query(id))).Select(near => near.Content));
            Assert.Equal([Content(id, id)], (await SearchAsync(Query(null, id))).Select(near => near.Content));
        }

        foreach (var id in ids)
        {
            await Index.RemoveThreadAsync(id, Token);
            await SettleAsync();
            Assert.Empty(await SearchAsync(Query(id)));
        }
    }

    [Fact]
    public async Task More_than_a_request_holds_is_kept_and_found()
    {
        await PutAsync("r", [.. Enumerable.Range(0, 2_500).Select(i => Entry("t", $"m{i}", Vectors.At(i / 2_500.0 * 180)))]);
        await PutAsync("other", [.. Enumerable.Range(0, 50).Select(i => Entry("u", $"m{i}", Vectors.At(i)))]);

        var found = await SearchAsync(Query("t") with { Top = 10_000 });
        Assert.Equal(Enumerable.Range(0, 2_500).Select(i => $"m{i}").Order(StringComparer.Ordinal), found.Select(near => near.Content.MessageId).Order(StringComparer.Ordinal));
        Assert.Equal(50, (await SearchAsync(Query("u") with { Top = 50 })).Count); // however many lie nearer elsewhere
    }

    [Fact]
    public async Task Vectors_of_contents_are_read_as_they_were_put()
    {
        var entries = Enumerable.Range(0, 1_200).Select(i => new VectorEntry(
            Content("t", $"m{i}"), i % 2 == 0 ? MessageRole.User : MessageRole.Assistant, Noon.AddMinutes(i), i % 400 == 7 ? [.. Vectors.At(i), .. Vectors.At(90), .. Vectors.At(45)] : Vectors.At(i))).ToArray();
        await PutAsync("r", entries);
        await PutAsync("r", Entry("u", "m1", Vectors.At(1)));

        var read = (await FetchAsync("r", [.. entries.Skip(5).Select(entry => entry.Content), Content("t", "missing"), Content("t", "m2") with { Revision = 2 }])).OrderBy(entry => entry.CreatedAt).ToList();

        Assert.Equal(entries.Skip(5).Select(entry => (entry.Content, entry.Role, entry.CreatedAt)), read.Select(entry => (entry.Content, entry.Role, entry.CreatedAt)));
        Assert.All(entries.Skip(5).Zip(read), pair => Assert.Equal(pair.First.Values.ToArray(), pair.Second.Values.ToArray(), (a, b) => Near(a, b)));
        Assert.Empty(await FetchAsync("r", []));
    }

    [Fact]
    public async Task Contents_are_read_under_their_resource_and_in_their_space()
    {
        await PutAsync("r", Entry("t", "m", Vectors.At(10)), Entry("t", "n", Vectors.At(20)));
        await PutAsync("other", Entry("t", "m", Vectors.At(80)));

        Assert.Equal(Vectors.At(10), Assert.Single(await FetchAsync("r", [Content("t", "m")])).Values.ToArray(), (a, b) => Near(a, b));
        Assert.Equal(Vectors.At(80), Assert.Single(await FetchAsync("other", [Content("t", "m"), Content("t", "n")])).Values.ToArray(), (a, b) => Near(a, b));
        Assert.Empty(await FetchAsync("nobody", [Content("t", "m")]));
        Assert.Empty(await Index.FetchAsync(new EmbeddingSpace("next-model", Vectors.Space.Dimensions), "r", [Content("t", "m")], Token));

        await Index.RemoveAsync("t", [Content("t", "m")], Token);
        await SettleAsync();
        Assert.Equal("n", Assert.Single(await FetchAsync("r", [Content("t", "m"), Content("t", "n")])).Content.MessageId);
    }

    [Fact]
    public async Task It_answers_when_it_is_there() => await Index.CheckAsync(Token);

    private static double Cos(double degrees) => Math.Cos(degrees * Math.PI / 180);

    private bool Near(double a, double b) => Math.Abs(a - b) <= Tolerance;

    private static ContentVersion Content(string threadId, string messageId) => new(threadId, messageId, 1, Fingerprint);

    private static VectorEntry Entry(string threadId, string messageId, ReadOnlyMemory<float> values) => new(Content(threadId, messageId), MessageRole.User, Noon, values);

    private static NearestQuery Query(string? threadId, string? resourceId = null) => new(new QueryVector(Vectors.Space, Vectors.At(0)), threadId, resourceId, Filter: null, Top: 10);

    private async Task PutAsync(string resourceId, params VectorEntry[] entries)
    {
        await Index.PutAsync(Vectors.Space, resourceId, entries, Token);
        await SettleAsync();
    }

    private Task<IReadOnlyList<VectorEntry>> FetchAsync(string resourceId, IReadOnlyList<ContentVersion> contents) => Index.FetchAsync(Vectors.Space, resourceId, contents, Token);

    private async Task<IReadOnlyList<NearContent>> SearchAsync(NearestQuery query) => (await Index.SearchAsync(query, Token)).Contents;
}
