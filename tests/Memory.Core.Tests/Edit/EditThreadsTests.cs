using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class EditThreadsTests
{
    private readonly FakeTimeProvider clock = new(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private EditThreads Edit => new(store.Object, clock);

    [Fact]
    public async Task A_created_thread_has_an_id_times_and_a_version()
    {
        store.Setup(it => it.CreateThreadAsync(It.IsAny<ThreadRecord>(), Token)).ReturnsAsync(true);

        var thread = await Edit.CreateAsync(null, "r", "Title", new RawJson("{}"), TimeSpan.FromHours(1), Token);

        Assert.Equal(Drafts.Thread(thread.Id, "r", clock.GetUtcNow(), "Title", "{}", TimeSpan.FromHours(1)), thread);
        Assert.Equal(7, Guid.Parse(thread.Id).Version);
        Assert.Equal("mine", (await Edit.CreateAsync("mine", "r", null, null, null, Token)).Id);
    }

    [Fact]
    public async Task A_taken_id_is_refused()
    {
        store.Setup(it => it.CreateThreadAsync(It.IsAny<ThreadRecord>(), Token)).ReturnsAsync(false);

        await AssertRefusedAsync(ErrorCode.AlreadyExists, () => Edit.CreateAsync("t", "r", null, null, null, Token));
    }

    [Fact]
    public async Task A_change_that_lost_a_race_is_made_again_on_what_is_there_now()
    {
        store.SetupSequence(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(1, "first")).ReturnsAsync(Thread(2, "second"));
        store.Setup(it => it.UpdateThreadAsync(It.Is<ThreadRecord>(thread => thread.Version == 1), Token)).ReturnsAsync((ThreadRecord?)null);
        store.Setup(it => it.UpdateThreadAsync(It.Is<ThreadRecord>(thread => thread.Version == 2), Token))
            .ReturnsAsync((ThreadRecord thread, CancellationToken _) => thread with { Version = 3 });
        clock.Advance(TimeSpan.FromMinutes(1));

        var written = await Edit.EditAsync("t", thread => thread with { Title = $"{thread.Title}, changed" }, null, Token);

        Assert.Equal(("second, changed", 3, clock.GetUtcNow()), (written.Title, written.Version, written.UpdatedAt));
    }

    [Fact]
    public async Task A_condition_is_held_against_what_is_there_at_each_try()
    {
        store.SetupSequence(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(1)).ReturnsAsync(Thread(2)).ReturnsAsync(Thread(2));
        store.Setup(it => it.UpdateThreadAsync(It.IsAny<ThreadRecord>(), Token)).ReturnsAsync((ThreadRecord?)null);

        await AssertRefusedAsync(ErrorCode.PreconditionFailed, () => Edit.EditAsync("t", thread => thread, new VersionCondition([1]), Token));

        store.Verify(it => it.UpdateThreadAsync(It.IsAny<ThreadRecord>(), Token), Times.Once);
        await AssertRefusedAsync(ErrorCode.PreconditionFailed, () => Edit.EditAsync("t", thread => thread, new VersionCondition(null, MustBeAbsent: true), Token));
    }

    [Fact]
    public async Task A_missing_thread_is_refused()
    {
        store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync((ThreadRecord?)null);
        store.Setup(it => it.DeleteThreadAsync("t", null, Token)).ReturnsAsync(false);
        store.Setup(it => it.CloneThreadAsync(It.IsAny<ThreadClone>(), Token)).ReturnsAsync((ThreadRecord?)null);

        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.EditAsync("t", thread => thread, null, Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.DeleteAsync("t", null, Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.DeleteAsync("t", new VersionCondition(null), Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.CloneAsync("t", null, null, null, Token));
    }

    [Fact]
    public async Task Another_resources_thread_is_refused_like_a_missing_one()
    {
        store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(1));
        var theirs = new ThreadAddress("t", "other");

        Assert.Null(await Edit.FindAsync(theirs, Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.EditAsync(theirs, thread => thread, null, Token));
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.EditAsync(theirs, thread => thread, new VersionCondition([2]), Token)); // not that its version is another
        await AssertRefusedAsync(ErrorCode.ThreadNotFound, () => Edit.DeleteAsync(theirs, new VersionCondition([1]), Token));

        Assert.Equal(1, (await Edit.FindAsync(new ThreadAddress("t", "r"), Token))?.Version);
        Assert.Equal(1, (await Edit.FindAsync("t", Token))?.Version);
    }

    [Fact]
    public async Task A_deletion_and_a_clone_pass_on_whose_the_thread_must_be()
    {
        var thread = new ThreadAddress("t", "r");
        store.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(1));
        store.Setup(it => it.DeleteThreadAsync(thread, null, Token)).ReturnsAsync(true);
        store.Setup(it => it.DeleteThreadAsync(thread, new ThreadCondition(1, null), Token)).ReturnsAsync(true);
        store.Setup(it => it.CloneThreadAsync(new ThreadClone(thread, "copy", null, null, clock.GetUtcNow()), Token)).ReturnsAsync(Thread(1));

        await Edit.DeleteAsync(thread, null, Token);
        await Edit.DeleteAsync(thread, new VersionCondition([1]), Token);
        await Edit.CloneAsync(thread, "copy", null, null, Token);

        store.VerifyAll();
    }

    [Fact]
    public async Task A_deletion_without_a_condition_is_one_call()
    {
        store.Setup(it => it.DeleteThreadAsync("t", null, Token)).ReturnsAsync(true);

        await Edit.DeleteAsync("t", null, Token);

        store.VerifyAll();
        store.VerifyNoOtherCalls();
    }

    [Fact]
    public async Task A_conditional_deletion_that_lost_a_race_looks_again()
    {
        store.SetupSequence(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(1)).ReturnsAsync(Thread(2));
        store.Setup(it => it.DeleteThreadAsync("t", new ThreadCondition(1, null), Token)).ReturnsAsync(false);
        store.Setup(it => it.DeleteThreadAsync("t", new ThreadCondition(2, null), Token)).ReturnsAsync(true);

        await Edit.DeleteAsync("t", new VersionCondition([1, 2]), Token);

        store.VerifyAll();
    }

    [Fact]
    public async Task A_clone_gets_an_id_and_passes_on_what_was_asked()
    {
        ThreadClone? asked = null;
        store.Setup(it => it.CloneThreadAsync(It.IsAny<ThreadClone>(), Token)).Callback((ThreadClone clone, CancellationToken _) => asked = clone).ReturnsAsync(Thread(1));

        await Edit.CloneAsync("t", "copy", "other", 3, Token);
        Assert.Equal(new ThreadClone("t", "copy", "other", 3, clock.GetUtcNow()), asked);
        await Edit.CloneAsync("t", null, null, null, Token);
        Assert.True(Guid.TryParse(asked?.Id, out _));
    }

    private static async Task AssertRefusedAsync(ErrorCode code, Func<Task> call) => Assert.Equal(code, (await Assert.ThrowsAsync<RefusedException>(call)).Code);

    private ThreadRecord Thread(long version, string? title = null) => Drafts.Thread("t", "r", clock.GetUtcNow(), title) with { Version = version };
}
