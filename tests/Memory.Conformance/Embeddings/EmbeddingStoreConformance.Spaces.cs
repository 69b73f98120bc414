using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class EmbeddingStoreConformance<TStore>
{
    private static readonly EmbeddingSpace Other = new("other-model", 3);

    [Fact]
    public async Task Another_embedder_is_refused_and_both_are_named()
    {
        await ListedAsync("t", "r", Drafts.Messages(2));
        var claimed = await ClaimAsync();
        await PutAsync(claimed[0], Vectors.At(0));

        foreach (var other in (EmbeddingSpace[])[Other, Vectors.Space with { Dimensions = 6 }])
        {
            foreach (var refused in (RefusedException[])
            [
                await RefusedAsync(ErrorCode.DimensionMismatch, () => PutAsync([(claimed[1], new float[other.Dimensions])], other)),
                await RefusedAsync(ErrorCode.DimensionMismatch, () => SearchAsync(SearchScope.Thread("t"), "text", 0, other)),
            ])
            {
                Assert.Contains(Vectors.Space.ToString(), refused.Message, StringComparison.Ordinal);
                Assert.Contains(other.ToString(), refused.Message, StringComparison.Ordinal);
            }
        }

        Assert.Equal(1, await PendingAsync(SearchScope.Thread("t")));
        Assert.Equal([1L], (await NearestAsync(0)).Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
    }

    [Fact]
    public async Task Before_the_first_vectors_any_embedder_may_ask()
    {
        await AppendAsync("t", "r", Drafts.Messages(2));

        var result = await SearchAsync(SearchScope.Thread("t"), "m2", 0, Other);

        Assert.Equal(2, result.Hits[0].Position);
        Assert.Equal(2, result.PendingEmbeddings);
    }

    [Fact]
    public async Task The_first_vectors_list_what_was_there_before_them()
    {
        for (var thread = 0; thread < 3; thread++)
        {
            await AppendAsync($"t{thread}", "r", Drafts.Messages(1_000));
        }

        await DeleteAsync("t1", "m500");
        await ListedAsync("t3", "r", Drafts.Messages(1));
        await PutAsync(await OneAsync(), Vectors.At(0));

        Assert.Equal(2_999, (await AllPendingAsync()).Count);
    }

    [Fact]
    public async Task What_is_written_without_an_embedder_where_there_are_vectors_is_listed_for_the_next()
    {
        await ListedAsync("t", "r", Drafts.Messages(1));
        await PutAsync(await OneAsync(), Vectors.At(0));

        await AppendAsync("t", "r", Drafts.Message("n1", "new"));
        await EditAsync("t", "m1", "edited");

        Assert.Equal(["edited", "new"], (await AllPendingAsync()).Select(item => item.Text));
    }

    [Fact]
    public async Task A_move_lists_everything_once_and_searches_go_on_with_what_is_there()
    {
        await ListedAsync("t", "r", Drafts.Messages(5));
        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(0)))]);

        Assert.Equal(5, await Embeddings.MoveAsync(Other, Now, Token));
        Assert.Equal(Other, await Embeddings.FindSpaceAsync(Token));
        await RefusedAsync(ErrorCode.DimensionMismatch, () => SearchAsync(SearchScope.Thread("t"), "text", 0));

        // Old vectors are not compared with a question of the new space; the words still are.
        var before = await SearchAsync(SearchScope.Thread("t"), "m3", 0, Other);
        Assert.Equal((5, 3L), (before.PendingEmbeddings, before.Hits[0].Position));
        Assert.All(before.Hits, hit => Assert.Null(hit.Cosine));

        var claimed = await ClaimAsync();
        Assert.Equal(5, claimed.Count);
        await PutAsync([(claimed[0], Vectors.At(90))], Other);
        var half = await SearchAsync(SearchScope.Thread("t"), "m3", 90, Other);
        Assert.Equal([1L], half.Hits.Where(hit => hit.Cosine is not null).Select(hit => hit.Position));
        Assert.Equal(4, half.PendingEmbeddings);
        Assert.Equal(4, await Embeddings.MoveAsync(Other, Now, Token)); // asked again: it goes on

        await PutAsync([.. claimed.Skip(1).Select(item => (item, Vectors.At(0)))], Other);
        Assert.Equal(0, await Embeddings.MoveAsync(Other, Now, Token));
        Clock.Advance(Lease);
        Assert.Empty(await ClaimAsync());
    }

    [Fact]
    public async Task A_move_in_the_middle_of_another_takes_over()
    {
        await ListedAsync("t", "r", Drafts.Messages(3));
        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(0)))]);
        await Embeddings.MoveAsync(Other, Now, Token);
        var claimed = await ClaimAsync();
        await PutAsync([(claimed[0], Vectors.At(0))], Other);

        Assert.Equal(3, await Embeddings.MoveAsync(Vectors.Space, Now, Token));
        await RefusedAsync(ErrorCode.DimensionMismatch, () => PutAsync([(claimed[1], Vectors.At(0))], Other));

        Clock.Advance(Lease);
        await PutAsync([.. (await ClaimAsync()).Select(item => (item, Vectors.At(0)))]);
        Assert.Equal(0, await PendingAsync(SearchScope.Thread("t")));
    }

    [Fact]
    public async Task A_move_where_nothing_is_stored_just_begins()
    {
        Assert.Equal(0, await Embeddings.MoveAsync(Other, Now, Token));
        Assert.Equal(Other, await Embeddings.FindSpaceAsync(Token));
        await AppendAsync("t", "r", Drafts.Messages(1));
        Assert.Single(await ClaimAsync());
    }

    private async Task<PendingMessage> OneAsync() => (await ClaimAsync(1)).Single();

    private async Task<IReadOnlyList<PendingMessage>> AllPendingAsync()
    {
        List<PendingMessage> all = [];
        while (await ClaimAsync() is { Count: > 0 } some)
        {
            all.AddRange(some);
        }

        return all;
    }
}
