using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class WorkingMemoriesTests
{
    private static readonly WorkingMemoryOwner Owner = new(IsThread: true, "t");

    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private long Now => clock.GetUtcNow().ToUnixMicroseconds();

    private WorkingMemories Memories => new(store.Object, clock);

    [Fact]
    public async Task The_first_document_goes_where_there_is_none()
    {
        Holds([null]);
        Accepts(version: 0);

        var written = await Memories.PutAsync(Owner, false, "notes", null, Token);

        Assert.Equal(new WorkingMemoryDocument(false, "notes", Now, clock.GetUtcNow()), written);
    }

    [Fact]
    public async Task A_version_grows_even_when_the_clock_stands_still()
    {
        Holds(new WorkingMemoryDocument(false, "notes", Now + 5, clock.GetUtcNow()));
        Accepts(Now + 5);

        Assert.Equal(Now + 6, (await Memories.PutAsync(Owner, false, "more", null, Token)).Version);
    }

    [Fact]
    public async Task A_merge_that_lost_a_race_is_made_again_on_what_is_there_now()
    {
        Holds(new WorkingMemoryDocument(true, """{"a":1}""", 1, default), new WorkingMemoryDocument(true, """{"a":1,"b":2}""", 2, default));
        store.Setup(it => it.PutWorkingMemoryAsync(Owner, It.IsAny<WorkingMemoryDocument>(), 1, Token)).ReturnsAsync(false);
        Accepts(2);

        var written = await Memories.MergeAsync(Owner, new RawJson("""{"a":null,"c":3}"""), null, Token);

        Assert.Equal((true, """{"b":2,"c":3}"""), (written.IsJson, written.Text));
    }

    [Fact]
    public async Task A_merge_into_nothing_makes_a_document()
    {
        Holds([null]);
        Accepts(0);

        Assert.Equal("""{"a":{}}""", (await Memories.MergeAsync(Owner, new RawJson("""{"a":{"b":null}}"""), null, Token)).Text);
    }

    [Fact]
    public async Task Text_cannot_be_merged()
    {
        Holds(new WorkingMemoryDocument(false, "notes", 1, default));

        await AssertRefusedAsync(ErrorCode.UnsupportedMediaType, () => Memories.MergeAsync(Owner, new RawJson("{}"), null, Token));
    }

    [Theory]
    [InlineData(null, "7", false)]
    [InlineData(null, "any", false)]
    [InlineData(null, "absent", true)]
    [InlineData(7L, "7", true)]
    [InlineData(7L, "5,7", true)]
    [InlineData(7L, "6", false)]
    [InlineData(7L, "any", true)]
    [InlineData(7L, "absent", false)]
    public async Task A_condition_decides_whether_a_write_goes_through(long? stored, string condition, bool allowed)
    {
        ThreadIsThere();
        Holds([stored is { } version ? new WorkingMemoryDocument(true, "{}", version, default) : null]);
        Accepts(stored ?? 0);
        var wanted = condition switch
        {
            "any" => new VersionCondition(null),
            "absent" => new VersionCondition(null, MustBeAbsent: true),
            _ => new VersionCondition([.. condition.Split(',').Select(text => long.Parse(text, null))]),
        };

        foreach (var write in (Func<Task>[])[() => Memories.PutAsync(Owner, true, "1", wanted, Token), () => Memories.MergeAsync(Owner, new RawJson("{}"), wanted, Token)])
        {
            await (allowed ? write() : AssertRefusedAsync(ErrorCode.PreconditionFailed, write));
        }
    }

    [Fact]
    public async Task A_condition_is_held_against_what_is_there_at_each_try()
    {
        Holds(new WorkingMemoryDocument(true, "{}", 1, default), new WorkingMemoryDocument(true, "{}", 2, default));
        store.Setup(it => it.PutWorkingMemoryAsync(Owner, It.IsAny<WorkingMemoryDocument>(), 1, Token)).ReturnsAsync(false);

        await AssertRefusedAsync(ErrorCode.PreconditionFailed, () => Memories.PutAsync(Owner, true, "1", new VersionCondition([1]), Token));
    }

    [Fact]
    public async Task A_deletion_looks_again_when_it_lost_a_race()
    {
        Holds(new WorkingMemoryDocument(true, "{}", 1, default), new WorkingMemoryDocument(true, "{}", 2, default));
        store.Setup(it => it.DeleteWorkingMemoryAsync(Owner, 1, Token)).ReturnsAsync(false);
        store.Setup(it => it.DeleteWorkingMemoryAsync(Owner, 2, Token)).ReturnsAsync(true);

        await Memories.DeleteAsync(Owner, new VersionCondition([1, 2]), Token);

        store.VerifyAll();
    }

    [Fact]
    public async Task What_is_not_there_is_refused()
    {
        ThreadIsThere();
        store.Setup(it => it.FindWorkingMemoryAsync(Owner, Token)).ReturnsAsync((WorkingMemoryDocument?)null);

        await AssertRefusedAsync(ErrorCode.WorkingMemoryNotFound, () => Memories.FindAsync(Owner, Token));
        await AssertRefusedAsync(ErrorCode.WorkingMemoryNotFound, () => Memories.DeleteAsync(Owner, null, Token));
    }

    [Fact]
    public async Task A_missing_thread_is_named_as_such()
    {
        store.Setup(it => it.FindWorkingMemoryAsync(Owner, Token)).ReturnsAsync((WorkingMemoryDocument?)null);
        store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync((ThreadRecord?)null);

        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Memories.FindAsync(Owner, Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Memories.PutAsync(Owner, false, "x", new VersionCondition([7]), Token));
    }

    private static async Task AssertRefusedAsync(ErrorCode code, Func<Task> call) => Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(call)).Code);

    private void ThreadIsThere() => store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(
        new ThreadRecord { Id = "t", ResourceId = "r", CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, Version = 1 });

    // One after another, and the last of them from then on.
    private void Holds(params IReadOnlyList<WorkingMemoryDocument?> documents)
    {
        var next = 0;
        store.Setup(it => it.FindWorkingMemoryAsync(Owner, Token)).ReturnsAsync(() => documents[Math.Min(next++, documents.Count - 1)]);
    }

    private void Accepts(long version) =>
        store.Setup(it => it.PutWorkingMemoryAsync(Owner, It.IsAny<WorkingMemoryDocument>(), version, Token)).ReturnsAsync(true);
}
