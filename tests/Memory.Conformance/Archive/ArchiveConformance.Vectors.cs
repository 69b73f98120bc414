using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class ArchiveConformance<TArchive>
{
    [Fact]
    public async Task Vectors_are_carried_and_found_by()
    {
        float[] two = [.. Vectors.At(80), .. Vectors.At(90)];
        ArchivedMessage[] messages = [Moved("t", 1, "apples", vectors: Vectors.At(0)), Moved("t", 2, "plums", vectors: two, revision: 2), Moved("t", 3, "", vectors: ReadOnlyMemory<float>.Empty)];

        var outcome = await Archive.WriteAsync(Piece(Foreign("t", "r", 3, 3), isLast: true, messages) with { Space = Vectors.Space, EmbeddingDueAt = Now }, Token);

        Assert.Equal((3, 0), (outcome.Written, outcome.Pending));
        Assert.Equal(Vectors.Space, await Embeddings.FindSpaceAsync(Token));
        Assert.Equal(0, await Embeddings.CountAsync(Token));
        var page = await ReadAsync("t");
        Assert.Equal(Vectors.Space, page.Space);
        Assert.All(messages.Zip(page.Messages), pair => Same(pair.First, pair.Second));
        if (KeepsVectors)
        {
            Assert.Equal(("t", 2L), await NearestAsync(Vectors.At(90)));
            Assert.Equal(("t", 1L), await NearestAsync(Vectors.At(-5)));
        }
    }

    [Fact]
    public async Task What_comes_without_vectors_is_listed_for_the_embedder()
    {
        var outcome = await Archive.WriteAsync(
            Piece(Foreign("t", "r", 2, 2), isLast: true, Moved("t", 1, "apples", vectors: Vectors.At(0)), Moved("t", 2, "plums")) with { Space = Vectors.Space, EmbeddingDueAt = Now }, Token);

        Assert.Equal((2, 1), (outcome.Written, outcome.Pending));
        var claimed = Assert.Single(await Embeddings.ClaimAsync(10, TimeSpan.FromMinutes(1), Now, Token));
        Assert.Equal(("t", 2L, "plums"), (claimed.Message.ThreadId, claimed.Message.Position, claimed.Text));
        Assert.Equal(1, await Embeddings.PutAsync(Vectors.Space, [new MessageVectors(claimed.Message, Vectors.At(90))], Now, Token));
        Assert.Equal([Kept(3), Kept(3)], Lengths((await ReadAsync("t")).Messages));
    }

    [Fact]
    public async Task Without_vectors_and_embedder_nothing_is_listed()
    {
        await WriteAsync(Foreign("t", "r", 1, 1), isLast: true, Moved("t", 1, "apples"));

        Assert.Null(await Embeddings.FindSpaceAsync(Token));
        Assert.Equal(0, await Embeddings.CountAsync(Token));
    }

    [Fact]
    public async Task Vectors_of_another_space_are_left_behind_and_made_anew()
    {
        await Store.AppendAsync(Batch("here", "r", Drafts.Message("m1", "grapes")) with { Embedded = new EmbeddedTexts(new EmbeddingSpace("other-model", 3), [Vectors.At(0)]) }, Token);

        var outcome = await Archive.WriteAsync(Piece(Foreign("t", "r", 1, 1), isLast: true, Moved("t", 1, "apples", vectors: Vectors.At(0))) with { Space = Vectors.Space }, Token);

        Assert.Equal((1, 1), (outcome.Written, outcome.Pending));
        Assert.Null(Assert.Single((await ReadAsync("t")).Messages).Vectors);
        Assert.Equal(["apples"], (await Embeddings.ClaimAsync(10, TimeSpan.FromMinutes(1), Now, Token)).Select(item => item.Text));
    }

    [Fact]
    public async Task A_piece_written_again_leaves_the_vectors_that_are_there()
    {
        var piece = Piece(Foreign("t", "r", 1, 1), isLast: true, Moved("t", 1, "apples", vectors: Vectors.At(0))) with { Space = Vectors.Space };
        await Archive.WriteAsync(piece, Token);

        Assert.Equal((0, 0), (await Archive.WriteAsync(piece with { Messages = [piece.Messages[0] with { Vectors = null }] }, Token)) is var again ? (again.Written, again.Pending) : default);
        Assert.Equal(0, await Embeddings.CountAsync(Token));
        Assert.Equal([Kept(3)], Lengths((await ReadAsync("t")).Messages));
    }

    private async Task<(string, long)> NearestAsync(float[] vector)
    {
        var found = await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = [], Vector = new QueryVector(Vectors.Space, vector), TopK = 1 }, Token);
        var hit = Assert.Single(found!.Hits); // a resource is there
        return (hit.ThreadId, hit.Position);
    }
}
