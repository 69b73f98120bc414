using Memory.Conformance;
using Microsoft.Extensions.Time.Testing;
using Moq;

namespace Memory.Core.Tests;

public sealed class SplitSearchIndexTests
{
    private readonly FakeTimeProvider clock = new();
    private readonly Mock<IMessageStore> messages = new();
    private readonly Mock<ISearchIndex> words = new();
    private readonly Mock<IVectorIndex> vectors = new();
    private readonly List<NearestQuery> asked = [];
    private readonly List<SearchQuery> searched = [];
    private readonly SplitSearchIndex index;

    public SplitSearchIndexTests() => index = new SplitSearchIndex(words.Object, vectors.Object, new ThreadOwners(messages.Object, clock));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_question_without_a_vector_is_asked_of_the_words_alone()
    {
        Found(Result("r", hits: 0));

        await index.SearchAsync(Query(SearchScope.Thread("t")) with { Vector = null }, Token);

        Assert.Empty(asked);
        Assert.Null(Assert.Single(searched).Nearest);
    }

    [Fact]
    public async Task What_lies_near_is_handed_to_the_words_in_one_request_to_either()
    {
        Near(isComplete: false, count: 100);
        Found(Result("r", hits: 3));

        var found = await index.SearchAsync(Query(SearchScope.Thread("t")), Token);

        Assert.Equal(3, found?.Hits.Count);
        Assert.Equal(("t", null, 100), (Assert.Single(asked).ThreadId, asked[0].ResourceId, asked[0].Top));
        Assert.Equal(100, Assert.Single(searched).Nearest?.Count);
    }

    [Fact]
    public async Task A_search_that_reads_does_the_same()
    {
        Near(isComplete: true, count: 1);
        words.Setup(it => it.SearchAndReadAsync(It.IsAny<SearchQuery>(), new RecallWindow(1, 2, 3), Token)).ReturnsAsync(new FoundMessages(Result("r", hits: 1), []));

        Assert.Equal(1, (await index.SearchAndReadAsync(Query(SearchScope.Thread("t")), new RecallWindow(1, 2, 3), Token))?.Found.Hits.Count);
        Assert.Single(asked);
    }

    [Fact]
    public async Task An_outage_of_the_vector_service_is_an_error_and_never_an_empty_answer()
    {
        var outage = new MemoryStoreException("vectors", "search", isTransient: true, "it is down");
        vectors.Setup(it => it.SearchAsync(It.IsAny<NearestQuery>(), Token)).ThrowsAsync(outage);
        Found(Result("r", hits: 3));

        Assert.Same(outage, await Assert.ThrowsAsync<MemoryStoreException>(() => index.SearchAsync(Query(SearchScope.Thread("t")), Token)));
        Assert.Same(outage, await Assert.ThrowsAsync<MemoryStoreException>(() => index.SearchAndReadAsync(Query(SearchScope.Thread("t")), new RecallWindow(0, 0, 0), Token)));
        Assert.Empty(searched);
    }

    [Fact]
    public async Task When_too_few_were_what_the_messages_hold_more_are_asked_for_until_there_are_no_more()
    {
        vectors.SetupSequence(it => it.SearchAsync(Capture.In(asked), Token))
            .ReturnsAsync(Nearest(isComplete: false, count: 100)).ReturnsAsync(Nearest(isComplete: false, count: 1_000)).ReturnsAsync(Nearest(isComplete: true, count: 1_200));
        Found(Result("r", hits: 0), Result("r", hits: 1), Result("r", hits: 2));

        var found = await index.SearchAsync(Query(SearchScope.Thread("t")), Token);

        Assert.Equal(2, found?.Hits.Count);
        Assert.Equal([100, 1_000, 10_000], asked.Select(query => query.Top));
        Assert.Equal([100, 1_000, 1_200], searched.Select(query => query.Nearest!.Count));
    }

    [Fact]
    public async Task It_stops_as_soon_as_there_are_enough()
    {
        Near(isComplete: false, count: 1_000);
        Found(Result("r", hits: 2), Result("r", hits: 3));

        await index.SearchAsync(Query(SearchScope.Thread("t")), Token);

        Assert.Equal([100, 1_000], asked.Select(query => query.Top));
    }

    [Fact]
    public async Task A_least_score_or_a_scope_that_was_seen_whole_explains_too_few()
    {
        Near(isComplete: false, count: 100);
        Found(Result("r", hits: 1), Result("r", hits: 1) with { MessagesInScope = 100 });

        await index.SearchAsync(Query(SearchScope.Thread("t")) with { MinScore = 0.5 }, Token);
        Assert.Single(asked);

        await index.SearchAsync(Query(SearchScope.Thread("t")), Token);
        Assert.Equal(2, asked.Count);
    }

    [Fact]
    public async Task Conditions_on_metadata_and_messages_left_out_make_it_ask_for_more_at_once()
    {
        Near(isComplete: true, count: 10);
        Found(Result("r", hits: 0), Result("r", hits: 0));
        var filter = new MessageFilter { Metadata = [new MetadataCondition("a", null, [])] };

        await index.SearchAsync(Query(SearchScope.Thread("t")) with { Filter = filter }, Token);
        await index.SearchAsync(Query(SearchScope.Thread("t")) with { ExcludedPositions = new HashSet<long> { 8, 9 } }, Token);

        Assert.Equal([1_000, 102], asked.Select(query => query.Top));
        Assert.Same(filter, asked[0].Filter);
    }

    [Fact]
    public async Task A_resource_is_named_or_is_the_threads()
    {
        Owner("r");
        Near(isComplete: true, count: 1);
        Found(Result("r", hits: 1), Result("r", hits: 1), Result("r", hits: 1));

        await index.SearchAsync(Query(SearchScope.Resource("r")), Token);
        messages.Verify(it => it.FindThreadAsync(It.IsAny<string>(), Token), Times.Never);
        await index.SearchAsync(Query(SearchScope.ResourceOf("t")), Token);
        await index.SearchAsync(Query(SearchScope.ResourceOf("t")), Token);

        Assert.All(asked, query => Assert.Equal((null, "r"), (query.ThreadId, query.ResourceId)));
        messages.Verify(it => it.FindThreadAsync("t", Token), Times.Once); // and is remembered

        clock.Advance(TimeSpan.FromMinutes(6));
        Found(Result("r", hits: 1));
        await index.SearchAsync(Query(SearchScope.ResourceOf("t")), Token);
        messages.Verify(it => it.FindThreadAsync("t", Token), Times.Exactly(2)); // for a while
    }

    [Fact]
    public async Task A_thread_made_anew_under_another_resource_makes_it_ask_for_the_owner_again()
    {
        messages.SetupSequence(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread("before")).ReturnsAsync(Thread("after"));
        Near(isComplete: true, count: 1);
        Found(Result("after", hits: 0), Result("after", hits: 1));

        var found = await index.SearchAsync(Query(SearchScope.ResourceOf("t")), Token);

        Assert.Equal(("after", 1), (found?.ResourceId, found?.Hits.Count));
        Assert.Equal(["before", "after"], asked.Select(query => query.ResourceId));
    }

    [Fact]
    public async Task A_thread_that_is_not_there_has_no_answer()
    {
        Near(isComplete: true, count: 0);

        Assert.Null(await index.SearchAsync(Query(SearchScope.ResourceOf("t")), Token));
        Assert.Empty(asked);
        Found((SearchResult?)null);
        Assert.Null(await index.SearchAsync(Query(SearchScope.Thread("t")), Token));
    }

    private static SearchQuery Query(SearchScope scope) => new() { Scope = scope, Terms = ["appl"], TopK = 3, Vector = new QueryVector(Vectors.Space, Vectors.At(0)) };

    private static SearchResult Result(string resourceId, int hits) => new(resourceId, [.. Enumerable.Range(1, hits).Select(position => new SearchHit("t", position, 1, 1))], 0);

    private static NearestContents Nearest(bool isComplete, int count) =>
        new([.. Enumerable.Range(0, count).Select(i => new NearContent(new ContentVersion("t", $"m{i}", 1, new string('0', 32)), 1))], isComplete);

    private static ThreadRecord Thread(string resourceId) => Drafts.Thread("t", resourceId, DateTimeOffset.UnixEpoch);

    private void Owner(string resourceId) => messages.Setup(it => it.FindThreadAsync("t", Token)).ReturnsAsync(Thread(resourceId));

    private void Near(bool isComplete, int count) => vectors.Setup(it => it.SearchAsync(Capture.In(asked), Token)).ReturnsAsync(Nearest(isComplete, count));

    private void Found(params SearchResult?[] results)
    {
        var next = new Queue<SearchResult?>(results);
        words.Setup(it => it.SearchAsync(Capture.In(searched), Token)).ReturnsAsync(() => next.Dequeue());
    }
}
