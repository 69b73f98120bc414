using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class ArchiveConformance<TArchive>
{
    [Fact]
    public async Task A_thread_that_is_not_there_is_not_read()
    {
        await CreateThreadAsync("t", "r");

        Assert.Null(await Archive.ReadAsync(new ArchiveRead("u", 0, 10, Large, WithVectors: true), Token));
        Assert.Empty((await ReadAsync("t")).Messages);
        Assert.Empty(await Archive.FindThreadsAsync(["u"], Token));
        Assert.Empty(await Archive.FindThreadsAsync([], Token));
    }

    [Fact]
    public async Task A_thread_of_another_resource_is_not_read()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));
        var read = new ArchiveRead("t", 0, 10, Large, WithVectors: true);

        Assert.Null(await Archive.ReadAsync(read with { ResourceId = "other" }, Token));
        Assert.Equal(3, (await Archive.ReadAsync(read with { ResourceId = "r" }, Token))?.Messages.Count);
        await Store.DeleteThreadAsync("t", null, Token);
        await AppendAsync("t", "other", Drafts.Messages(1));
        Assert.Null(await Archive.ReadAsync(read with { ResourceId = "r" }, Token));
    }

    [Fact]
    public async Task Threads_are_found_with_the_versions_of_their_documents()
    {
        await CreateThreadAsync("t", "r", "title", """{"a":1}""");
        await AppendAsync("u", "other", Drafts.Messages(2));
        await Store.PutWorkingMemoryAsync(new WorkingMemoryOwner(IsThread: true, "u"), new WorkingMemoryDocument(IsJson: false, "notes", 42, Now), version: null, Token);

        var found = (await Archive.FindThreadsAsync(["u", "missing", "t"], Token)).OrderBy(state => state.Thread.Id, StringComparer.Ordinal).ToList();

        Assert.Equal([(await ThreadAsync("t"), 0L), (await ThreadAsync("u"), 42L)], found.Select(state => (state.Thread, state.WorkingMemoryVersion)));
    }

    [Fact]
    public async Task Messages_are_read_as_they_are_stored()
    {
        await AppendAsync(
            "t", "r", Drafts.Message("a", "one", name: "Ada", metadata: """{"k": 1.0}""", createdAt: Now.AddDays(-1)), Drafts.Raw("b", """ [ {"type":"image","url":"x"} ] """.Trim(), MessageRole.Tool),
            Drafts.Message("c", "three"), Drafts.Message("d", "four"));
        await EditAsync("t", "c", "edited");
        await DeleteAsync("t", "b");

        var page = await ReadAsync("t");

        Assert.False(page.HasMore);
        Assert.Null(page.Space);
        Assert.Equal(await ContentsAsync("t"), page.Messages.Select(message => Drafts.Describe(message.Message)));
        foreach (var message in page.Messages)
        {
            var stored = (await Store.FindMessageAsync("t", message.Message.Id, Token))!; // just read
            Assert.Equal((stored.Revision, Convert.ToHexString(stored.Fingerprint.Span)), (message.Stored.Revision, Convert.ToHexString(message.Stored.Fingerprint.Span)));
            Assert.Null(message.Vectors);
        }
    }

    [Fact]
    public async Task Pages_follow_each_other_by_number_and_by_size()
    {
        await AppendAsync("t", "r", [.. Enumerable.Range(1, 7).Select(i => Drafts.Message($"m{i}", new string('x', i == 3 ? 5_000 : 1_000)))]);
        await DeleteAsync("t", "m5");

        Assert.Equal([[1, 2, 3], [4, 6, 7]], await PagesAsync(3, Large));
        Assert.Equal([[1, 2], [3], [4, 6], [7]], await PagesAsync(10, 2_500));
        Assert.Equal([[1], [2], [3], [4], [6], [7]], await PagesAsync(10, 1));

        async Task<List<long[]>> PagesAsync(int limit, int maxBytes)
        {
            List<long[]> pages = [];
            var hasMore = true;
            for (var after = 0L; hasMore; after = pages[^1][^1])
            {
                var page = await ReadAsync("t", after, limit, maxBytes);
                pages.Add([.. page.Messages.Select(message => message.Message.Position)]);
                hasMore = page.HasMore;
            }

            return pages;
        }
    }

    [Fact]
    public async Task Vectors_come_with_their_messages_if_they_are_asked_for()
    {
        float[] two = [.. Vectors.At(10), .. Vectors.At(20)];
        await Store.AppendAsync(
            Batch("t", "r", Drafts.Message("m1", "one"), Drafts.Message("m2", "two"), Drafts.Raw("m3", "[]")) with { Embedded = new EmbeddedTexts(Vectors.Space, [Vectors.At(0), two, ReadOnlyMemory<float>.Empty]) }, Token);
        await AppendAsync("t", null, Drafts.Message("m4", "without"));

        var page = await ReadAsync("t");

        Assert.Equal(Vectors.Space, page.Space);
        Assert.Equal([Kept(3), Kept(6), 0, null], Lengths(page.Messages));
        Assert.All(two.Zip(page.Messages[1].Vectors!.Value.ToArray()), pair => Assert.Equal(pair.First, pair.Second, VectorTolerance)); // it has six numbers
        Assert.All((await ReadAsync("t", withVectors: false)).Messages, message => Assert.Null(message.Vectors));
    }

    [Fact]
    public async Task Vectors_of_an_edited_message_and_of_a_former_space_are_not_read()
    {
        await Store.AppendAsync(
            Batch("t", "r", Drafts.Message("m1", "one"), Drafts.Message("m2", "two")) with { Embedded = new EmbeddedTexts(Vectors.Space, [Vectors.At(0), Vectors.At(90)]) }, Token);
        await EditAsync("t", "m1", "something else");

        Assert.Equal([null, Kept(3)], Lengths((await ReadAsync("t")).Messages));

        var other = new EmbeddingSpace("other-model", 3);
        await Embeddings.MoveAsync(other, Now, Token);
        var page = await ReadAsync("t");

        Assert.Equal(other, page.Space);
        Assert.All(page.Messages, message => Assert.Null(message.Vectors));
    }
}
