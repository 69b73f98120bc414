using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class MigrateMemoryTests
{
    private static readonly DateTimeOffset Then = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);
    private readonly Mock<IMessageStore> sourceMessages = new(), targetMessages = new();
    private readonly Mock<IArchive> sourceArchive = new(), targetArchive = new();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_thread_that_goes_at_the_source_while_it_is_compared_takes_nothing_from_the_target(int pagesRead)
    {
        var thread = Drafts.Thread("t", "r", Then) with { LastPosition = 3, MessageCount = 3 };
        List(sourceMessages, sourceArchive, thread with { UpdatedAt = Then.AddHours(1) });
        List(targetMessages, targetArchive, thread);
        sourceArchive.Setup(it => it.ReadAsync(It.Is<ArchiveRead>(read => read.After == 0), It.IsAny<CancellationToken>())).ReturnsAsync(pagesRead == 0 ? null : new ArchivePage([Message(1)], HasMore: true, null));
        targetArchive.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchivePage([Message(1), Message(2), Message(3)], HasMore: false, null));

        var report = await MigrateAsync();

        targetMessages.Verify(it => it.DeleteMessageAsync(It.IsAny<ThreadAddress>(), It.IsAny<string>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>()), Times.Never);
        targetArchive.Verify(it => it.WriteAsync(It.IsAny<ArchivePiece>(), It.IsAny<CancellationToken>()), Times.Never);
        Assert.Equal((0L, 0L, 1), (report.DeletedMessages, report.Conflicts, report.Passes));
    }

    [Fact]
    public async Task What_the_source_has_no_more_is_taken_from_the_target_when_its_thread_is_there_to_its_end()
    {
        var thread = Drafts.Thread("t", "r", Then) with { LastPosition = 3, MessageCount = 3 };
        List(sourceMessages, sourceArchive, thread with { UpdatedAt = Then.AddHours(1), MessageCount = 1 });
        List(targetMessages, targetArchive, thread);
        sourceArchive.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchivePage([Message(1)], HasMore: false, null));
        targetArchive.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchivePage([Message(1), Message(2), Message(3)], HasMore: false, null));
        targetMessages.Setup(it => it.DeleteMessageAsync("t", It.IsAny<string>(), It.IsAny<DateTimeOffset>(), It.IsAny<CancellationToken>())).ReturnsAsync(true);
        targetArchive.Setup(it => it.WriteAsync(It.IsAny<ArchivePiece>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchiveOutcome(0, 0));

        var report = await MigrateAsync(maxPasses: 1);

        Assert.Equal(2, report.DeletedMessages);
    }

    [Theory]
    [InlineData(null, 60)]
    [InlineData(60, null)]
    public async Task A_time_to_live_that_was_changed_at_the_source_is_written(int? before, int? after)
    {
        TimeSpan? Lives(int? seconds) => seconds is { } some ? TimeSpan.FromSeconds(some) : null;
        var thread = Drafts.Thread("t", "r", Then, timeToLive: Lives(before));
        var changed = thread with { TimeToLive = Lives(after), Version = thread.Version + 1 };
        List(sourceMessages, sourceArchive, changed);
        List(targetMessages, targetArchive, thread);
        sourceArchive.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchivePage([], HasMore: false, null));
        targetArchive.Setup(it => it.ReadAsync(It.IsAny<ArchiveRead>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchivePage([], HasMore: false, null));
        targetArchive.Setup(it => it.WriteAsync(It.IsAny<ArchivePiece>(), It.IsAny<CancellationToken>())).ReturnsAsync(new ArchiveOutcome(0, 0));

        await MigrateAsync(maxPasses: 1);

        targetArchive.Verify(it => it.WriteAsync(It.Is<ArchivePiece>(piece => piece.Thread == changed && piece.IsLast), It.IsAny<CancellationToken>()), Times.Once);
    }

    private static void List(Mock<IMessageStore> messages, Mock<IArchive> archive, ThreadRecord thread)
    {
        messages.Setup(it => it.ListThreadsAsync(It.IsAny<ThreadListing>(), It.IsAny<CancellationToken>())).ReturnsAsync(new Page<ThreadRecord, ThreadCursor>([thread], null));
        archive.Setup(it => it.FindThreadsAsync(It.IsAny<IReadOnlyList<string>>(), It.IsAny<CancellationToken>())).ReturnsAsync([new StoredThread(thread, 0)]);
    }

    private static ArchivedMessage Message(long position)
    {
        var message = new Message { ThreadId = "t", Id = $"m{position}", Position = position, Role = MessageRole.User, Content = MessageContent.FromText("text"), CreatedAt = Then };
        return new ArchivedMessage(new StoredMessage(message, 1, new byte[16]), null);
    }

    private static StoragePorts Ports(Mock<IMessageStore> messages, Mock<IArchive> archive) => new(messages.Object, archive.Object, Mock.Of<ISearchIndex>(), Mock.Of<IEmbeddingStore>());

    private Task<TransferReport> MigrateAsync(int maxPasses = 5) => new MigrateMemory(
        Ports(sourceMessages, sourceArchive), Ports(targetMessages, targetArchive), new MigrationRequest { ResourceIds = ["r"], Lanes = 1, MaxPasses = maxPasses },
        new FakeTimeProvider(Then.AddDays(1))).RunAsync(cancellationToken: TestContext.Current.CancellationToken);
}
