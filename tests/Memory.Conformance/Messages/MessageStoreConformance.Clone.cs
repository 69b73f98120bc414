using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task A_clone_holds_all_that_its_source_holds()
    {
        await CreateThreadAsync("source", "r", "Title", """{"a": 1}""");
        await AppendAsync("source", null, Drafts.Message("m1", "one", MessageRole.Assistant, "Ada", Now.AddDays(-1), """{"b": 2}"""), Drafts.Message("m2", "two"));
        await Store.PutWorkingMemoryAsync(new(IsThread: true, "source"), new(true, """{"notes": []}""", 5, Now), null, Token);
        Clock.Advance(TimeSpan.FromMinutes(1));

        var clone = await Store.CloneThreadAsync(new ThreadClone("source", "clone", null, null, Now), Token);

        Assert.NotNull(clone);
        Assert.Equal(
            ("clone", "r", "Title", new RawJson("""{"a": 1}"""), Now, 2L, 2L),
            (clone.Id, clone.ResourceId, clone.Title, clone.Metadata, clone.CreatedAt, clone.LastPosition, clone.MessageCount));
        Assert.Equal(clone, await ThreadAsync("clone"));
        Assert.Equal(await ContentsAsync("source"), (await AllAsync("clone")).Select(message => Drafts.Describe(message with { ThreadId = "source" })));
        var notes = await Store.FindWorkingMemoryAsync(new(IsThread: true, "clone"), Token);
        Assert.Equal((true, """{"notes": []}"""), (notes?.IsJson, notes?.Text));
    }

    [Theory]
    [InlineData(0L, "")]
    [InlineData(1L, "m1")]
    [InlineData(3L, "m1,m3")]
    [InlineData(5L, "m1,m3,m4,m5")]
    [InlineData(99L, "m1,m3,m4,m5")]
    public async Task A_clone_stops_at_the_position_asked_and_keeps_positions(long upTo, string expected)
    {
        await AppendAsync("source", "r", Drafts.Messages(5));
        await DeleteAsync("source", "m2");

        var clone = await Store.CloneThreadAsync(new ThreadClone("source", "clone", null, upTo, Now), Token);

        var copied = await AllAsync("clone");
        Assert.Equal(expected, string.Join(',', copied.Select(message => message.Id)));
        Assert.All(copied, message => Assert.Equal($"m{message.Position}", message.Id));
        Assert.Equal(Math.Min(upTo, 5), clone?.LastPosition);
        Assert.Equal(copied.Count, clone?.MessageCount);
    }

    [Fact]
    public async Task A_clone_goes_on_by_itself()
    {
        await AppendAsync("source", "r", Drafts.Messages(5));
        await Store.CloneThreadAsync(new ThreadClone("source", "clone", null, 3, Now), Token);

        var appended = await AppendAsync("clone", "r", Drafts.Message("m5", "goes another way"));
        await EditAsync("clone", "m1", "changed in the clone");
        await DeleteAsync("clone", "m2");
        await DeleteAsync("source", "m3");

        Assert.Equal([new("m5", 4, Now, false)], appended.Messages);
        Assert.Equal(["changed in the clone", "text of m3", "goes another way"], (await AllAsync("clone")).Select(message => message.Content.Text));
        Assert.Equal(["text of m1", "text of m2", "text of m4", "text of m5"], (await AllAsync("source")).Select(message => message.Content.Text));
    }

    [Fact]
    public async Task A_message_copied_by_a_clone_is_a_duplicate_when_it_is_appended_again()
    {
        await AppendAsync("source", "r", Drafts.Messages(2));
        await Store.CloneThreadAsync(new ThreadClone("source", "clone", null, null, Now), Token);

        var again = await AppendAsync("clone", "r", Drafts.Messages(3));

        Assert.Equal([(1, true), (2, true), (3, false)], again.Messages.Select(message => (message.Position, message.Duplicate)));
        await RefusedAsync(ErrorCode.MessageConflict, () => AppendAsync("clone", "r", Drafts.Message("m1", "other")));
    }

    [Fact]
    public async Task A_clone_may_belong_to_another_resource()
    {
        await AppendAsync("source", "r", Drafts.Messages(2));

        var clone = await Store.CloneThreadAsync(new ThreadClone("source", "clone", "other", null, Now), Token);

        Assert.Equal("other", clone?.ResourceId);
        Assert.Equal(["other", "r"], (await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items.Select(resource => resource.Id));
        Assert.Equal(["clone"], (await WalkThreadsAsync("other", 5, ThreadOrder.CreatedAt, false)).Select(thread => thread.Id));
        Assert.Equal(["source"], (await WalkThreadsAsync("r", 5, ThreadOrder.CreatedAt, false)).Select(thread => thread.Id));
    }

    [Fact]
    public async Task A_clone_outlives_its_source()
    {
        await AppendAsync("source", "r", Drafts.Messages(2));
        await Store.CloneThreadAsync(new ThreadClone("source", "clone", "other", null, Now), Token);

        await Store.EraseResourceAsync("r", Now, Token);

        Assert.Equal(["m1", "m2"], (await AllAsync("clone")).Select(message => message.Id));
    }

    [Fact]
    public async Task A_taken_id_is_refused_for_a_clone_and_nothing_changes()
    {
        await AppendAsync("source", "r", Drafts.Messages(2));
        await AppendAsync("taken", "other", Drafts.Messages(1, "n"));
        var before = await ContentsAsync("taken");

        await RefusedAsync(ErrorCode.AlreadyExists, () => Store.CloneThreadAsync(new ThreadClone("source", "taken", null, null, Now), Token));
        await RefusedAsync(ErrorCode.AlreadyExists, () => Store.CloneThreadAsync(new ThreadClone("source", "source", null, null, Now), Token));

        Assert.Equal(before, await ContentsAsync("taken"));
        Assert.Equal(2, (await AllAsync("source")).Count);
    }

    [Fact]
    public async Task A_missing_source_gives_null_and_creates_nothing()
    {
        Assert.Null(await Store.CloneThreadAsync(new ThreadClone("missing", "clone", "r", null, Now), Token));

        Assert.Null(await Store.FindThreadAsync("clone", Token));
        Assert.Empty((await Store.ListResourcesAsync(new ResourceListing(10), Token)).Items);
    }

    [Fact]
    public async Task A_long_thread_is_cloned_whole()
    {
        await AppendAsync("source", "r", Drafts.Messages(1_000, "a"));
        await AppendAsync("source", "r", Drafts.Messages(1_000, "b"));

        var clone = await Store.CloneThreadAsync(new ThreadClone("source", "clone", null, null, Now), Token);

        Assert.Equal((2_000, 2_000), (clone?.MessageCount, clone?.LastPosition));
        Assert.Equal((await AllAsync("source")).Select(message => message.Id), (await AllAsync("clone")).Select(message => message.Id));
    }
}
