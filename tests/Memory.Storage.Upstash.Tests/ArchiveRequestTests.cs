using Memory.Conformance;
using Memory.Core;
using Memory.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>How often whole threads need a request, what does not fit into one, and what becomes of an answer that is lost.</summary>
public sealed class ArchiveRequestTests
{
    private static readonly DateTimeOffset Then = new(2029, 5, 6, 7, 8, 9, TimeSpan.Zero);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Vectors_elsewhere_are_one_more_request_and_two_when_texts_are_long()
    {
        await using var test = await TestServices.StartAsync(new FakeUpstashVectorOptions { IndexDelay = TimeSpan.Zero });
        var (store, list, index) = (new UpstashMessageStore(test.Services), new UpstashEmbeddingStore(test.Services), new UpstashVectorIndex(test.Services, new RecentVectors(TimeProvider.System, most: 0)));
        var archive = new SplitArchive(new UpstashArchive(test.Services), index, list, new ThreadOwners(store, TimeProvider.System), NullLogger<SplitArchive>.Instance);
        float[] three = [.. Vectors.At(1), .. Vectors.At(2), .. Vectors.At(3)];
        await archive.WriteAsync(Piece("first", "text") is var first ? first with { Messages = [first.Messages[0] with { Vectors = Vectors.At(0) }], Space = Vectors.Space } : first, Token);
        var piece = Piece("t", "one", "two", "three", "four");
        await archive.WriteAsync(piece with { Messages = [piece.Messages[0] with { Vectors = Vectors.At(0) }], Space = Vectors.Space, IsLast = false }, Token); // learns the space

        await CostAsync(redis: 1, vector: 1, () => archive.WriteAsync(
            piece with { Messages = [.. piece.Messages.Skip(1).Select(message => message with { Vectors = message.Message.Position == 3 ? three : Vectors.At(message.Message.Position) })], Space = Vectors.Space }, Token));
        await CostAsync(redis: 1, vector: 0, () => archive.FindThreadsAsync(["t", "first"], Token));
        await CostAsync(redis: 1, vector: 1, () => archive.ReadAsync(new ArchiveRead("t", 0, 2, 1_000_000, WithVectors: true), Token));
        await CostAsync(redis: 1, vector: 0, () => archive.ReadAsync(new ArchiveRead("t", 0, 4, 1_000_000, WithVectors: false), Token));
        await CostAsync(redis: 1, vector: 2, async () =>
        {
            var page = await archive.ReadAsync(new ArchiveRead("t", 0, 4, 1_000_000, WithVectors: true), Token);
            Assert.Equal([3, 3, 9, 3], page!.Messages.Select(message => message.Vectors?.Length)); // it is there
        });

        async Task CostAsync(int redis, int vector, Func<Task> call)
        {
            test.Redis.Reset();
            test.Vector.Reset();
            await call();
            Assert.Equal((redis, vector), (test.Redis.Requests, test.Vector.Requests));
        }
    }

    [Fact]
    public async Task A_piece_that_no_request_can_hold_is_written_in_several_and_read_in_several()
    {
        await using var test = await SmallAsync();
        var archive = new UpstashArchive(test.Services);
        var piece = Piece("t", [.. Enumerable.Range(0, 5).Select(i => new string((char)('a' + i), 300_000))]);

        Assert.Equal(5, (await archive.WriteAsync(piece, Token)).Written);

        Assert.Equal(5, test.Redis.Requests);
        Assert.Equal(piece.Thread, await new UpstashMessageStore(test.Services).FindThreadAsync("t", Token));
        List<ArchivedMessage> read = [];
        ArchivePage page;
        do
        {
            page = (await archive.ReadAsync(new ArchiveRead("t", read.Count, 500, int.MaxValue, WithVectors: true), Token))!; // it is there
            read.AddRange(page.Messages);
            Assert.Single(page.Messages);
        }
        while (page.HasMore);
        Assert.Equal(piece.Messages.Select(message => Drafts.Describe(message.Message)), read.Select(message => Drafts.Describe(message.Message)));
    }

    [Fact]
    public async Task What_stands_in_the_way_of_a_later_part_is_told_with_what_was_written_before()
    {
        await using var test = await SmallAsync();
        var archive = new UpstashArchive(test.Services);
        await archive.WriteAsync(Piece("t", "x", "x", "x") is var there ? there with { Messages = [there.Messages[2]], IsLast = false } : there, Token);

        var outcome = await archive.WriteAsync(Piece("t", [.. Enumerable.Range(0, 5).Select(i => new string((char)('a' + i), 300_000))]), Token);

        Assert.Equal(2, outcome.Written);
        Assert.Equal([3L], outcome.Conflicts);
        Assert.Equal(3, (await new UpstashMessageStore(test.Services).FindThreadAsync("t", Token))!.MessageCount); // it is there
    }

    [Fact]
    public async Task A_message_larger_than_the_plan_allows_is_refused()
    {
        await using var test = await SmallAsync();

        var refused = await Assert.ThrowsAsync<RefusedException>(() => new UpstashArchive(test.Services).WriteAsync(Piece("t", new string('x', 1_200_000)), Token));

        Assert.Equal(ErrorCode.PayloadTooLarge, refused.Code);
        Assert.Empty(await test.KeysAsync());
    }

    [Theory]
    [InlineData("503 after")]
    [InlineData("cut after")]
    [InlineData("half")]
    [InlineData("429")]
    public async Task What_passes_is_overcome_and_done_once(string fault)
    {
        await using var test = await TestServices.StartAsync(change: options => options.TimeoutSeconds = 2);
        var archive = new UpstashArchive(test.Services);
        var piece = Piece("t", "one", "two");

        await OnceAsync(() => archive.PutResourceAsync(new ResourceRecord("r", Then), Token));
        await OnceAsync(async () => Assert.Empty((await archive.WriteAsync(piece, Token)).Conflicts));
        await OnceAsync(async () => Assert.Equal(piece.Thread, Assert.Single(await archive.FindThreadsAsync(["t"], Token)).Thread));
        await OnceAsync(async () => Assert.Equal([1L, 2], (await archive.ReadAsync(new ArchiveRead("t", 0, 10, 1_000, WithVectors: true), Token))!.Messages.Select(message => message.Message.Position))); // it is there

        async Task OnceAsync(Func<Task> call)
        {
            test.Redis.FailWith(Upset.Of(fault), 1);
            await call();
            test.Redis.Recover();
        }
    }

    [Fact]
    public async Task A_position_beyond_the_last_that_a_thread_can_have_is_a_fault_and_nothing_is_written()
    {
        await using var test = await TestServices.StartAsync();
        var piece = Piece("t", "one");

        await Assert.ThrowsAsync<MemoryStoreException>(() => new UpstashArchive(test.Services).WriteAsync(piece with { Thread = piece.Thread with { LastPosition = 268_435_456 } }, Token));

        Assert.Empty(await test.KeysAsync());
    }

    private static Task<TestServices> SmallAsync() => TestServices.StartAsync(change: options => options.MaxCommandBytes = 1_000_000, redis: options => options with { MaxCommandBytes = 1_000_000 });

    private static ArchivePiece Piece(string threadId, params string[] texts) => new()
    {
        Thread = Drafts.Thread(threadId, "r", Then) with { UpdatedAt = Then.AddHours(1), LastPosition = texts.Length, MessageCount = texts.Length },
        Messages = [.. texts.Select((text, i) => Message(threadId, i + 1, text))],
        IsLast = true,
        Now = Then.AddDays(1),
    };

    private static ArchivedMessage Message(string threadId, long position, string text)
    {
        var message = new Message
        {
            ThreadId = threadId,
            Id = $"m{position}{text[0]}",
            Position = position,
            Role = MessageRole.User,
            Content = MessageContent.FromText(text),
            CreatedAt = Then,
        };
        return new ArchivedMessage(new StoredMessage(message, 1, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)), null);
    }
}
