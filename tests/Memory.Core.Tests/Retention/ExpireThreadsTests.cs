using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class ExpireThreadsTests
{
    private static readonly DateTimeOffset Then = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider clock = new(Then);
    private readonly Mock<IMessageStore> store = new(MockBehavior.Strict);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_page_is_walked_and_a_thread_goes_only_as_it_was_found()
    {
        Pages(TimeSpan.FromDays(30), [Expired("a", isOwn: false), Expired("b", isOwn: true)], [], [Expired("c", isOwn: false)]);
        Delete("a", isDone: true);
        Delete("b", isDone: false); // something was appended meanwhile
        Delete("c", isDone: true);
        await Expire(new RetentionOptions { ThreadDays = 30, DryRun = false }).RunAsync(Token);
        store.VerifyAll();
    }

    [Fact]
    public async Task A_dry_run_removes_only_threads_with_a_time_to_live_of_their_own()
    {
        Pages(TimeSpan.FromDays(30), [Expired("a", isOwn: false), Expired("b", isOwn: true)]);
        Delete("b", isDone: true);
        var logger = new Mock<ILogger<ExpireThreads>>();
        logger.Setup(it => it.IsEnabled(LogLevel.Information)).Returns(true);
        await new ExpireThreads(store.Object, new RetentionOptions { ThreadDays = 30 }, clock, logger.Object).RunAsync(Token);
        store.VerifyAll();
        Assert.Contains(logger.Invocations, invocation => invocation.Arguments.Any(argument => argument?.ToString()?.StartsWith("1 threads have not changed for 30 days. They are kept", StringComparison.Ordinal) == true));
    }

    [Fact]
    public async Task Without_a_time_to_live_of_the_deployment_the_others_are_left_alone()
    {
        Pages(null, [[]]);
        Assert.Null(Expire(new RetentionOptions()).TimeToLive);
        await Expire(new RetentionOptions()).RunAsync(Token);
        store.VerifyAll();
    }

    [Fact]
    public async Task The_upkeep_looks_once_an_hour()
    {
        Pages(null, [[]]);
        var expire = Expire(new RetentionOptions());
        await expire.RunAsync(Token);
        clock.Advance(TimeSpan.FromMinutes(59));
        await expire.RunAsync(Token);
        store.Verify(it => it.ListExpiredAsync(It.IsAny<ExpiryQuery>(), Token), Times.Once);
        clock.Advance(TimeSpan.FromMinutes(1));
        Pages(null, [[]]);
        await expire.RunAsync(Token);
        store.Verify(it => it.ListExpiredAsync(It.IsAny<ExpiryQuery>(), Token), Times.Exactly(2));
    }

    private ExpireThreads Expire(RetentionOptions options) => new(store.Object, options, clock, NullLogger<ExpireThreads>.Instance);

    private static ExpiredThread Expired(string id, bool isOwn) => new(id, "r", Then.AddDays(-40), isOwn);

    private void Pages(TimeSpan? timeToLive, params ExpiredThread[][] pages)
    {
        for (var i = 0; i < pages.Length; i++)
        {
            var (after, next) = (i == 0 ? null : $"after {i}", i == pages.Length - 1 ? null : $"after {i + 1}");
            store.Setup(it => it.ListExpiredAsync(It.Is<ExpiryQuery>(query => query.Now == clock.GetUtcNow() && query.TimeToLive == timeToLive && query.After == after), Token))
                .ReturnsAsync(new Page<ExpiredThread, string>(pages[i], next));
        }
    }

    private void Delete(string id, bool isDone) =>
        store.Setup(it => it.DeleteThreadAsync(new ThreadAddress(id, "r"), new ThreadCondition(null, Then.AddDays(-40)), Token)).ReturnsAsync(isDone);
}
