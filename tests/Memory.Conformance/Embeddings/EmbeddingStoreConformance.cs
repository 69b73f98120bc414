using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every store of vectors does, beside the store and the index it serves.</summary>
/// <typeparam name="TStore">The store that a subclass tests.</typeparam>
public abstract partial class EmbeddingStoreConformance<TStore> : ConformanceSuite
    where TStore : IEmbeddingStore
{
    private static readonly TimeSpan Lease = TimeSpan.FromMinutes(1);

    /// <summary>How far a cosine may be off; more where vectors are kept with fewer bits than they came with.</summary>
    protected virtual double CosineTolerance => 1e-5;

    /// <summary>
    /// Whether the vectors are in another service than the messages. Then they are put before it is known which messages are there already, and an edit of anything takes them.
    /// </summary>
    protected virtual bool IsSplit => false;

    [Fact]
    public async Task Without_an_embedder_nothing_is_listed()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await EditAsync("t", "m1", "new");

        Assert.Null(await Embeddings.FindSpaceAsync(Token));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(3, await PendingAsync(SearchScope.Thread("t")));
    }

    [Fact]
    public async Task What_is_appended_for_an_embedder_is_listed_with_its_text()
    {
        await ListedAsync("t", "r",
            Drafts.Message("m1", "first", name: "Ada"), Drafts.Raw("m2", """[{"type":"text","text":"second"},{"type":"tool-call","toolCallId":"c"}]"""));

        var claimed = await ClaimAsync();

        Assert.Equal([("t", 1L, "Ada", "first", 1), ("t", 2L, null, "second", 1)],
            claimed.Select(item => (item.Message.ThreadId, item.Message.Position, item.Name, item.Text, item.Attempts)));
    }

    [Fact]
    public async Task An_append_says_how_many_of_its_messages_await_their_vectors()
    {
        Assert.Equal(2, (await ListedAsync("t", "r", Drafts.Messages(2))).PendingEmbeddings);
        Assert.Equal(2, (await ListedAsync("t", "r", Drafts.Messages(2))).PendingEmbeddings);
        await PutAsync((await ClaimAsync())[0], Vectors.At(0));

        Assert.Equal(2, (await ListedAsync("t", "r", Drafts.Messages(3))).PendingEmbeddings);
        Assert.Equal(2, await PendingAsync(SearchScope.Thread("t")));
    }

    [Fact]
    public async Task Those_that_await_their_vectors_are_counted_in_all()
    {
        Assert.Equal(0, await Embeddings.CountAsync(Token));
        await ListedAsync("t", "r", Drafts.Messages(2));
        await ListedAsync("u", "other", Drafts.Messages(3));
        Assert.Equal(5, await Embeddings.CountAsync(Token));
        await PutAsync((await ClaimAsync())[0], Vectors.At(0));
        Assert.Equal(4, await Embeddings.CountAsync(Token));
        await Store.DeleteThreadAsync("u", null, Token);
        Assert.True(await Embeddings.CountAsync(Token) <= 2);
    }

    [Fact]
    public async Task What_is_counted_without_a_search_is_the_scopes_own()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        await ListedAsync("u", "r", Drafts.Messages(3));
        await ListedAsync("v", "other", Drafts.Messages(4));

        foreach (var (scope, expected) in ((SearchScope, long)[])[(SearchScope.Thread("t"), 2), (SearchScope.ResourceOf("t"), 5), (SearchScope.Resource("r"), 5), (SearchScope.Resource("other"), 4)])
        {
            var counted = await Search.SearchAsync(new SearchQuery { Scope = scope, Terms = [], TopK = 1, CountPending = true }, Token);
            Assert.Equal(expected, counted!.PendingEmbeddings); // the thread is there
        }
    }

    [Fact]
    public async Task Nothing_is_claimed_before_it_is_due_or_twice_within_a_lease()
    {
        await Store.AppendAsync(Batch("t", "r", Drafts.Messages(3)) with { EmbeddingDueAt = Now.AddSeconds(10) }, Token);
        Assert.Empty(await ClaimAsync());

        Clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal([1L, 2L], (await ClaimAsync(2)).Select(item => item.Message.Position));
        Assert.Equal([3L], (await ClaimAsync(2)).Select(item => item.Message.Position));
        Assert.Empty(await ClaimAsync());

        Clock.Advance(Lease);
        Assert.All(await ClaimAsync(), item => Assert.Equal(2, item.Attempts));
    }

    [Fact]
    public async Task Workers_at_once_never_get_the_same_message()
    {
        for (var thread = 0; thread < 4; thread++)
        {
            await ListedAsync($"t{thread}", "r", Drafts.Messages(10));
        }

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(
            async () =>
            {
                List<PendingMessage> mine = [];
                while (await ClaimAsync(3) is { Count: > 0 } some)
                {
                    mine.AddRange(some);
                }

                return mine;
            },
            Token)));

        Assert.Equal(40, claims.Sum(mine => mine.Count));
        Assert.Equal(40, claims.SelectMany(mine => mine).Select(item => (item.Message.ThreadId, item.Message.Position)).Distinct().Count());
    }

    [Fact]
    public async Task A_message_with_vectors_is_off_the_list_and_found_by_them()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        var claimed = await ClaimAsync();
        Assert.Equal(3, await PutAsync([(claimed[0], Vectors.At(0)), (claimed[1], Vectors.At(60)), (claimed[2], Vectors.At(90))]));

        Clock.Advance(Lease);
        Assert.Empty(await ClaimAsync());
        Assert.Equal(0, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal(Vectors.Space, await Embeddings.FindSpaceAsync(Token));
        Assert.Equal([2L, 3L, 1L], (await NearestAsync(50)).Select(hit => hit.Position));
        Assert.Equal(Math.Cos(10 * Math.PI / 180), (await NearestAsync(50))[0].Cosine!.Value, CosineTolerance); // has a vector
    }

    [Fact]
    public async Task Vectors_stored_twice_are_there_once()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        var claimed = await ClaimAsync();
        for (var time = 0; time < 3; time++)
        {
            Assert.Equal(2, await PutAsync([(claimed[0], Vectors.At(0)), (claimed[1], Vectors.At(90))]));
        }

        Assert.Equal([1L, 2L], (await NearestAsync(0)).Select(hit => hit.Position));
    }

    [Fact]
    public async Task A_message_of_several_vectors_is_one_hit_by_the_nearest()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        var claimed = await ClaimAsync();
        await PutAsync([(claimed[0], [.. Vectors.At(0), .. Vectors.At(90), .. Vectors.At(180)]), (claimed[1], Vectors.At(45))]);

        var hits = await NearestAsync(91);

        Assert.Equal([1L, 2L], hits.Select(hit => hit.Position));
        Assert.Equal(Math.Cos(1 * Math.PI / 180), hits[0].Cosine!.Value, CosineTolerance); // has vectors
    }

    [Fact]
    public async Task A_message_with_nothing_to_embed_is_off_the_list_and_found_by_its_words()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        var claimed = await ClaimAsync();
        await PutAsync([(claimed[0], []), (claimed[1], Vectors.At(0))]);

        Clock.Advance(Lease);
        Assert.Empty(await ClaimAsync());
        Assert.Equal(0, await PendingAsync(SearchScope.Resource("r")));
        Assert.Equal(1, (await SearchAsync(SearchScope.Thread("t"), "m1", 90)).Hits.Single(hit => hit.Cosine is null).Position);
    }

    [Fact]
    public async Task Vectors_of_what_was_edited_deleted_or_made_anew_meanwhile_are_not_stored()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        await ListedAsync("u", "r", Drafts.Message("m1", "one"));
        var claimed = await ClaimAsync();
        await EditAsync("t", "m1", "edited");
        await DeleteAsync("t", "m2");
        await Store.DeleteThreadAsync("u", null, Token);
        await ListedAsync("u", "r", Drafts.Message("m1", "another"));

        Assert.Equal(1, await PutAsync([.. claimed.Select(item => (item, Vectors.At(0)))]));

        Assert.Equal([("t", 3L)], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => (hit.ThreadId, hit.Position)));
        Assert.Equal([("t", "edited"), ("u", "another")], (await ClaimAsync()).Select(item => (item.Message.ThreadId, item.Text)).Order());
    }

    [Fact]
    public async Task An_edit_of_the_text_takes_the_vectors_and_one_of_anything_else_leaves_them()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(0)))]);

        await new EditMessages(Store, Clock).EditAsync("t", "m1", message => message with { Metadata = new RawJson("""{"a":1}"""), Role = MessageRole.Tool }, Token);
        var taken = await ClaimAsync();
        Assert.Equal(IsSplit ? 1 : 0, taken.Count);
        await PutAsync([.. taken.Select(item => (item, Vectors.At(0)))]);
        Assert.Equal(2, (await NearestAsync(0)).Count(hit => hit.Cosine is not null));

        await EditAsync("t", "m1", "new text");
        Assert.Equal(1, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal([2L], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
        Assert.Equal("new text", (await ClaimAsync()).Single().Text);
    }

    [Fact]
    public async Task A_postponed_message_comes_again_when_it_is_due_and_not_before()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        var claimed = await ClaimAsync();
        await Embeddings.PostponeAsync([claimed[0]], Now.AddSeconds(5), Token);

        Clock.Advance(TimeSpan.FromSeconds(4));
        Assert.Empty(await ClaimAsync());
        Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal([(1L, 2)], (await ClaimAsync()).Select(item => (item.Message.Position, item.Attempts)));
    }

    [Fact]
    public async Task Postponing_what_was_edited_or_deleted_meanwhile_changes_nothing()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        var claimed = await ClaimAsync();
        await PutAsync(claimed[2], Vectors.At(0));
        await EditAsync("t", "m1", "edited");
        await DeleteAsync("t", "m2");

        await Embeddings.PostponeAsync(claimed, Now.AddDays(1), Token);

        Assert.Equal(["edited"], (await ClaimAsync()).Select(item => item.Text));
    }

    [Fact]
    public async Task A_deleted_message_thread_or_resource_takes_its_vectors_along()
    {
        foreach (var thread in (string[])["t", "u", "v"])
        {
            await ListedAsync(thread, thread == "v" ? "other" : "r", Drafts.Messages(3));
        }

        var claimed = await ClaimAsync();
        await PutAsync([.. claimed.Select(item => (item, Vectors.At(0)))]);
        await DeleteAsync("t", "m2");
        await Store.DeleteThreadAsync("u", null, Token);
        Assert.Equal([("t", 1L), ("t", 3L)], (await NearestAsync(0)).Select(hit => (hit.ThreadId, hit.Position)));

        await Store.EraseResourceAsync("r", Now, Token);
        Assert.Empty(await NearestAsync(0));
        Assert.Equal(3, (await SearchAsync(SearchScope.Resource("other"), "", 0)).Hits.Count);
        Assert.Equal(0, await PutAsync([.. claimed.Where(item => item.Message.ThreadId != "v").Select(item => (item, Vectors.At(0)))]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task The_nearest_in_a_thread_of_another_resource_are_those_in_none(bool wholeResource)
    {
        foreach (var thread in (string[])["t", "u", "v"])
        {
            await ListedAsync(thread, thread == "v" ? "other" : "r", Drafts.Messages(3));
        }

        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(item.Message.Position * 10)))]);
        SearchScope Scope(string thread, string? resource) =>
            wholeResource ? SearchScope.ResourceOf(new ThreadAddress(thread, resource)) : SearchScope.Thread(new ThreadAddress(thread, resource));
        var window = new RecallWindow(1, 1, 1);
        foreach (var question in (string[])["text", ""])
        {
            SearchQuery Query(SearchScope scope) => new()
            {
                Scope = scope,
                Terms = LexicalEncoder.EncodeQuery(question),
                Vector = new QueryVector(Vectors.Space, Vectors.At(0)),
                CountPending = true,
                TopK = 9,
            };
            foreach (var (thread, resource) in ((string, string)[])[("t", "other"), ("t", "unknown"), ("v", "r"), ("unknown", "r")])
            {
                Assert.Null(await Search.SearchAsync(Query(Scope(thread, resource)), Token));
                Assert.Null(await Search.SearchAndReadAsync(Query(Scope(thread, resource)), window, Token));
            }

            var expected = await SearchAsync(Scope("t", null), question, 0);
            Assert.Equal(wholeResource ? 6 : 3, expected.Hits.Count);
            Assert.Equal(expected.Hits, (await SearchAsync(Scope("t", "r"), question, 0)).Hits);
            var read = await Search.SearchAndReadAsync(Query(Scope("t", "r")), window, Token);
            Assert.Equal(expected.Hits, read?.Found.Hits);
            Assert.Equal(expected.Hits.Count, read?.Messages.Count);
        }
    }

    [Fact]
    public async Task Another_resources_call_takes_no_vectors_along()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(0)))]);
        var (theirs, before) = (new ThreadAddress("t", "other"), await NearestAsync(0));

        Assert.False(await Store.DeleteMessageAsync(theirs, "m1", Now, Token));
        Assert.False(await Store.DeleteThreadAsync(theirs, null, Token));
        Assert.False(await Store.DeleteThreadAsync(theirs, new ThreadCondition(UpdatedAt: Now), Token));
        Assert.False(await Store.DeleteThreadAsync("t", new ThreadCondition(UpdatedAt: Now.AddDays(-1)), Token));
        Assert.Null(await Store.CloneThreadAsync(new ThreadClone(theirs, "copy", null, null, Now), Token));
        var stored = (await Store.FindMessageAsync("t", "m1", Token))!; // just appended
        var edited = stored.Message with { Content = MessageContent.FromText("theirs") };
        Assert.False(await Store.ReplaceMessageAsync(new MessageEdit(edited, [], 1, stored.Fingerprint, Now, IsSameText: false, EmbeddingDueAt: Now, Embedded(Vectors.At(90))) { ResourceId = "other" }, Token));

        Assert.Equal(3, before.Count(hit => hit.Cosine is not null));
        Assert.Equal(before, await NearestAsync(0));
        Assert.Equal(0, await Embeddings.CountAsync(Token));
    }

    [Fact]
    public async Task A_clone_has_its_own_copies_and_awaits_what_the_original_awaits()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        await PutAsync((await ClaimAsync(1))[0], Vectors.At(0));
        await Store.CloneThreadAsync(new ThreadClone("t", "c", "other", UpTo: null, Now), Token);
        await Store.DeleteThreadAsync("t", null, Token);

        Assert.Equal([("c", 1L)], (await SearchAsync(SearchScope.Resource("other"), "", 0)).Hits.Select(hit => (hit.ThreadId, hit.Position)));
        Assert.Equal([("c", 2L), ("c", 3L)], (await ClaimAsync()).Select(item => (item.Message.ThreadId, item.Message.Position)));
    }

    /// <summary>Appends as a process with an embedder does.</summary>
    private Task<AppendResult> ListedAsync(string threadId, string? resourceId, params IReadOnlyList<MessageInput> messages) =>
        Store.AppendAsync(Batch(threadId, resourceId, messages) with { EmbeddingDueAt = Now }, Token);

    private Task<IReadOnlyList<PendingMessage>> ClaimAsync(int limit = 1_000) => Embeddings.ClaimAsync(limit, Lease, Now, Token);

    private Task<int> PutAsync(PendingMessage message, float[] vectors) => PutAsync([(message, vectors)]);

    private Task<int> PutAsync(IReadOnlyList<(PendingMessage Pending, float[] Values)> messages, EmbeddingSpace? space = null) =>
        Embeddings.PutAsync(space ?? Vectors.Space, [.. messages.Select(item => new MessageVectors(item.Pending.Message, item.Values))], Now, Token);

    private async Task<long> PendingAsync(SearchScope scope) =>
        (await Search.SearchAsync(new SearchQuery { Scope = scope, Terms = ["text"], TopK = 1, CountPending = true }, Token))!.PendingEmbeddings; // the thread is there

    private async Task<IReadOnlyList<SearchHit>> NearestAsync(double degrees) => (await SearchAsync(SearchScope.Resource("r"), "", degrees)).Hits;

    private async Task<SearchResult> SearchAsync(SearchScope scope, string question, double degrees, EmbeddingSpace? space = null) =>
        await Search.SearchAsync(
            new SearchQuery
            {
                Scope = scope,
                Terms = LexicalEncoder.EncodeQuery(question),
                Vector = new QueryVector(space ?? Vectors.Space, Vectors.At(degrees)),
                CountPending = true,
                TopK = 100,
            },
            Token) ?? throw new KeyNotFoundException("The scope's thread is not there.");
}
