using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class EmbeddingStoreConformance<TStore>
{
    private static readonly float[] NoVectors = [];

    [Fact]
    public async Task Vectors_that_come_with_an_append_are_stored_with_it()
    {
        Assert.Empty(await NearestAsync(0)); // an index may know the resource from before
        var appended = await TogetherAsync("t", Embedded([.. Vectors.At(0), .. Vectors.At(180)], Vectors.At(60), Vectors.At(90)), Drafts.Messages(3));

        Assert.Equal(0, appended.PendingEmbeddings);
        Assert.Empty(await ClaimAsync());
        Assert.Equal(0, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal(Vectors.Space, await Embeddings.FindSpaceAsync(Token));
        var hits = await NearestAsync(50);
        Assert.Equal([2L, 3L, 1L], hits.Select(hit => hit.Position));
        Assert.Equal(Math.Cos(10 * Math.PI / 180), hits[0].Cosine!.Value, CosineTolerance); // has vectors
        Assert.Equal(1L, (await NearestAsync(170))[0].Position);
    }

    [Fact]
    public async Task What_was_there_already_gets_no_vectors_from_an_append()
    {
        await TogetherAsync("t", Embedded(Vectors.At(0)), Drafts.Messages(1));
        await ListedAsync("t", "r", Drafts.Message("listed", "text"));

        var appended = await TogetherAsync(
            "t", Embedded(Vectors.At(180), Vectors.At(180), Vectors.At(60), Vectors.At(120)),
            Drafts.Message("m1", "text of m1"), Drafts.Message("listed", "text"), Drafts.Message("new", "text"), Drafts.Message("new", "text"));

        Assert.Equal([true, true, false, true], appended.Messages.Select(message => message.Duplicate));
        Assert.Equal(1, appended.PendingEmbeddings);
        if (!IsSplit)
        {
            var hits = (await NearestAsync(0)).Where(hit => hit.Cosine is not null).ToList();
            Assert.Equal([1L, 3L], hits.Select(hit => hit.Position));
            Assert.Equal(0.5, hits[1].Cosine!.Value, CosineTolerance); // as filtered
        }

        Assert.Equal([2L], (await ClaimAsync()).Select(item => item.Message.Position));
    }

    [Fact]
    public async Task A_refused_append_stores_no_vectors_and_begins_no_space()
    {
        await AppendAsync("t", "r", Drafts.Messages(1));

        await RefusedAsync(ErrorCode.MessageConflict, () => TogetherAsync("t", Embedded(Vectors.At(0), Vectors.At(0)), Drafts.Message("n", "text"), Drafts.Message("m1", "another")));
        await RefusedAsync(ErrorCode.PositionMismatch, () => Store.AppendAsync(
            Batch("t", "r", Drafts.Message("n", "text")) with { ExpectedPosition = 7, EmbeddingDueAt = Now, Embedded = Embedded(Vectors.At(0)) }, Token));
        Assert.Null(await Embeddings.FindSpaceAsync(Token));

        await TogetherAsync("t", Embedded(Vectors.At(0)), Drafts.Message("n", "text"));
        await RefusedAsync(ErrorCode.MessageConflict, () => TogetherAsync("t", Embedded(Vectors.At(0), Vectors.At(0)), Drafts.Message("o", "text"), Drafts.Message("m1", "another")));
        Assert.Equal([2L], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
    }

    [Fact]
    public async Task Vectors_of_another_space_leave_the_messages_of_an_append_listed()
    {
        await TogetherAsync("t", Embedded(Vectors.At(0)), Drafts.Message("before", "text"));

        foreach (var (id, space) in ((string, EmbeddingSpace)[])[("m1", Other), ("m2", Vectors.Space with { Dimensions = 6 })])
        {
            var vectors = new EmbeddedTexts(space, [new float[space.Dimensions], new float[space.Dimensions]]);
            Assert.Equal(2, (await TogetherAsync("t", vectors, Drafts.Messages(2, id))).PendingEmbeddings);
        }

        Assert.Equal(Vectors.Space, await Embeddings.FindSpaceAsync(Token));
        Assert.Equal(4, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal([1L], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
        Assert.Equal([2L, 3L, 4L, 5L], (await ClaimAsync()).Select(item => item.Message.Position));
    }

    [Fact]
    public async Task The_first_vectors_that_come_with_an_append_list_what_was_there_before()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        await DeleteAsync("t", "m2");
        await ListedAsync("u", "r", Drafts.Messages(1));

        Assert.Equal(0, (await TogetherAsync("t", Embedded(Vectors.At(0)), Drafts.Message("new", "text"))).PendingEmbeddings);

        Assert.Equal([("t", 1L), ("t", 3L), ("u", 1L)], (await AllPendingAsync()).Select(item => (item.Message.ThreadId, item.Message.Position)).Order());
    }

    [Fact]
    public async Task The_first_vectors_of_several_appends_at_once_are_all_stored()
    {
        var appended = await Task.WhenAll(Enumerable.Range(0, 8).Select(number => Task.Run(
            () => TogetherAsync($"t{number}", Embedded(Vectors.At(number)), Drafts.Messages(1)), Token)));

        Assert.All(appended, result => Assert.Equal(0, result.PendingEmbeddings));
        Assert.Empty(await ClaimAsync());
        Assert.Equal(8, (await NearestAsync(0)).Count);
    }

    [Fact]
    public async Task A_text_without_vectors_that_comes_with_them_awaits_none()
    {
        Assert.Equal(0, (await TogetherAsync("t", Embedded(NoVectors, Vectors.At(0)), Drafts.Messages(2))).PendingEmbeddings);
        Assert.True(await EditTogetherAsync("t", "m2", "words", Embedded(NoVectors)));

        Assert.Empty(await ClaimAsync());
        Assert.Equal(0, await PendingAsync(SearchScope.Resource("r")));
        Assert.Empty(await NearestAsync(0));
        Assert.Equal(2, (await SearchAsync(SearchScope.Thread("t"), "words", 0)).Hits[0].Position);
    }

    [Fact]
    public async Task Vectors_that_come_with_an_edit_replace_the_ones_before_at_once()
    {
        await TogetherAsync("t", Embedded(Vectors.At(0)), Drafts.Messages(1));
        await ListedAsync("t", "r", Drafts.Message("listed", "text"));
        var claimed = await ClaimAsync();
        Assert.Equal(2, (await SearchAsync(SearchScope.Thread("t"), "text", 0)).Hits.Count); // an index may know them from before

        Assert.True(await EditTogetherAsync("t", "m1", "edited", Embedded(Vectors.At(90))));
        Assert.True(await EditTogetherAsync("t", "listed", "edited", Embedded(Vectors.At(60))));

        Assert.Equal(0, await PendingAsync(SearchScope.Thread("t")));
        var hits = await NearestAsync(90);
        Assert.Equal([1L, 2L], hits.Select(hit => hit.Position));
        Assert.Equal(1, hits[0].Cosine!.Value, CosineTolerance); // has vectors

        // Who claimed the text before comes too late.
        Assert.Equal(0, await PutAsync(claimed[0], Vectors.At(180)));
        await Embeddings.PostponeAsync(claimed, Now, Token);
        Clock.Advance(Lease);
        Assert.Empty(await ClaimAsync());
        Assert.Equal(Math.Cos(30 * Math.PI / 180), (await NearestAsync(90))[1].Cosine!.Value, CosineTolerance); // as above
    }

    [Fact]
    public async Task Vectors_of_another_space_leave_an_edited_message_listed_and_without_the_old_ones()
    {
        await TogetherAsync("t", Embedded(Vectors.At(0), Vectors.At(0)), Drafts.Messages(2));

        Assert.True(await EditTogetherAsync("t", "m1", "edited", Embedded(Vectors.At(0)) with { Space = Other }));

        Assert.Equal(1, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal([2L], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
        Assert.Equal("edited", (await ClaimAsync()).Single().Text);
    }

    [Fact]
    public async Task The_first_vectors_may_come_with_an_edit_and_not_with_one_that_is_too_late()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        Assert.False(await EditTogetherAsync("t", "m1", "edited", Embedded(Vectors.At(0)), revision: 7));
        Assert.Null(await Embeddings.FindSpaceAsync(Token));

        Assert.True(await EditTogetherAsync("t", "m1", "edited", Embedded(Vectors.At(0))));
        Assert.Equal(Vectors.Space, await Embeddings.FindSpaceAsync(Token));
        Assert.Equal([2L], (await AllPendingAsync()).Select(item => item.Message.Position));
    }

    private static EmbeddedTexts Embedded(params IReadOnlyList<float[]> vectors) =>
        new(Vectors.Space, [.. vectors.Select(values => new ReadOnlyMemory<float>(values))]);

    /// <summary>Appends as a process does that embeds before it stores.</summary>
    private Task<AppendResult> TogetherAsync(string threadId, EmbeddedTexts embedded, params IReadOnlyList<MessageInput> messages) =>
        Store.AppendAsync(Batch(threadId, "r", messages) with { EmbeddingDueAt = Now, Embedded = embedded }, Token);

    /// <summary>Edits as such a process does; at the stored revision unless another is given.</summary>
    private async Task<bool> EditTogetherAsync(string threadId, string messageId, string text, EmbeddedTexts embedded, long? revision = null)
    {
        var stored = await Store.FindMessageAsync(threadId, messageId, Token) ?? throw new KeyNotFoundException($"There is no message '{messageId}'.");
        var edited = stored.Message with { Content = MessageContent.FromText(text) };
        var terms = LexicalEncoder.EncodeMessage(edited.Name, text, edited.CreatedAt).ToBytes();
        return await Store.ReplaceMessageAsync(
            new MessageEdit(edited, terms, revision ?? stored.Revision, stored.Fingerprint, Now, IsSameText: false, EmbeddingDueAt: Now, embedded), Token);
    }
}
