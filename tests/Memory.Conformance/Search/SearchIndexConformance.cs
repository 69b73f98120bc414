using System.Text.Json;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every search index does, over the store that feeds it.</summary>
/// <typeparam name="TIndex">The index that a subclass tests.</typeparam>
public abstract partial class SearchIndexConformance<TIndex> : ConformanceSuite
    where TIndex : ISearchIndex
{
    [Fact]
    public async Task A_message_is_found_when_its_append_returns()
    {
        for (var number = 1; number <= 20; number++)
        {
            await AppendAsync("t", "r", Drafts.Message($"m{number}", $"the secret number{number} is kept"));

            var hits = await HitsAsync(SearchScope.Thread("t"), $"number{number}", 1);

            Assert.Equal(("t", number), (hits[0].ThreadId, hits[0].Position));
        }
    }

    [Theory]
    [InlineData("What were the WALKERS talking about?")] // stems and case
    [InlineData("Ada")] // the speaker
    [InlineData("what happened in February 2029")] // the date, written out
    [InlineData("昨日公園")] // pairs of characters
    [InlineData("cafe\u0301 ﬁnances")] // compatibility forms
    public async Task A_message_is_found_by_other_forms_of_its_words(string question)
    {
        await AppendAsync("t", "r",
            Drafts.Message("m1", "He walked and talked 昨日は公園 in the café about finance", name: "Ada", createdAt: new DateTimeOffset(2029, 2, 3, 0, 0, 0, TimeSpan.Zero)));
        await AppendAsync("u", "r", Drafts.Messages(5));

        Assert.Equal("t", (await HitsAsync(SearchScope.Resource("r"), question, 1)).Single().ThreadId);
    }

    [Fact]
    public async Task Only_text_parts_are_searched()
    {
        await AppendAsync("t", "r", Drafts.Raw("m1", """[{"type":"text","text":"apple"},{"type":"tool-call","toolCallId":"banana","args":{"x":"cherry"}},{"type":"text","text":"damson"}]"""));

        Assert.Single(await HitsAsync(SearchScope.Thread("t"), "apple"));
        Assert.Single(await HitsAsync(SearchScope.Thread("t"), "damson"));
        Assert.Empty(await HitsAsync(SearchScope.Thread("t"), "banana cherry"));
    }

    [Fact]
    public async Task An_unknown_thread_is_null_and_an_unknown_resource_has_no_hits()
    {
        await AppendAsync("t", "r", Drafts.Messages(3));

        Assert.Null(await SearchAsync(SearchScope.Thread("unknown"), "text"));
        Assert.Null(await SearchAsync(SearchScope.ResourceOf("unknown"), "text"));
        Assert.Empty((await SearchAsync(SearchScope.Resource("unknown"), "text"))!.Hits); // only a thread can be missing
    }

    [Fact]
    public async Task An_empty_thread_and_words_that_nobody_said_have_no_hits()
    {
        await CreateThreadAsync("empty", "r");
        await AppendAsync("t", "r", Drafts.Messages(3));

        Assert.Empty(await HitsAsync(SearchScope.Thread("empty"), "text"));
        Assert.Empty(await HitsAsync(SearchScope.Resource("r"), "zebra"));
        Assert.Empty((await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = [], TopK = 3 }, Token))!.Hits); // as above
    }

    [Fact]
    public async Task A_result_names_the_resource_that_was_searched()
    {
        await AppendAsync("t", "the owner", Drafts.Messages(1));

        foreach (var scope in (SearchScope[])[SearchScope.Thread("t"), SearchScope.ResourceOf("t"), SearchScope.Resource("the owner")])
        {
            Assert.Equal("the owner", (await SearchAsync(scope, "text"))?.ResourceId);
        }
    }

    [Fact]
    public async Task The_best_come_first_and_no_more_than_asked()
    {
        await AppendAsync("t", "r", [.. Enumerable.Range(1, 40).Select(number => Drafts.Message(
            $"m{number}", string.Join(' ', Enumerable.Repeat("apple", number % 7).Concat(Enumerable.Repeat("filler", 1 + (number % 5)))), createdAt: Now.AddMinutes(number)))]);
        var all = await HitsAsync(SearchScope.Thread("t"), "apple", 100);

        Ranking.AssertSame(Ranking.Of(await AllAsync("t"), "apple"), all);
        foreach (var top in (int[])[1, 3, 10])
        {
            Assert.Equal(all.Take(top), await HitsAsync(SearchScope.Thread("t"), "apple", top));
        }
    }

    [Fact]
    public async Task Equal_scores_go_by_time_of_creation()
    {
        foreach (var number in (int[])[3, 1, 5, 2, 4])
        {
            await AppendAsync($"t{number}", "r", Drafts.Message("m", "apple", createdAt: Now.AddHours(number)));
        }

        Assert.Equal(["t1", "t2", "t3", "t4", "t5"], (await HitsAsync(SearchScope.Resource("r"), "apple")).Select(hit => hit.ThreadId));
        Assert.Equal(["t1", "t2"], (await HitsAsync(SearchScope.Resource("r"), "apple", 2)).Select(hit => hit.ThreadId));
    }

    [Fact]
    public async Task A_neighbour_of_a_holder_is_found_after_it()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "where is it"), Drafts.Message("m2", "the keys hang upstairs"), Drafts.Message("m3", "thanks"));

        var hits = await HitsAsync(SearchScope.Thread("t"), "keys upstairs");

        Assert.Equal(2, hits[0].Position);
        Ranking.AssertSame(Ranking.Of(await AllAsync("t"), "keys upstairs"), hits);
        Assert.Equal(3, hits.Count);
    }

    [Fact]
    public async Task Scores_lie_between_0_and_1_and_the_least_score_cuts_there()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple"), Drafts.Message("m2", "apple apple banana"), Drafts.Message("m3", "pear"), Drafts.Message("m4", "banana and a long tail of other words"));
        var all = await HitsAsync(SearchScope.Thread("t"), "apple banana");
        Assert.All(all, hit => Assert.InRange(hit.Score, 0, 1));

        for (var cut = 0; cut < all.Count; cut++)
        {
            var least = all[cut].Score - 1e-9;
            var search = Query(SearchScope.Thread("t"), "apple banana") with { MinScore = least };
            Assert.Equal(all.Where(hit => hit.Score >= least), (await Search.SearchAsync(search, Token))?.Hits);
        }

        Assert.Empty((await Search.SearchAsync(Query(SearchScope.Thread("t"), "apple banana") with { MinScore = 1 }, Token))!.Hits); // the thread is there
    }

    [Fact]
    public async Task Excluded_positions_are_searched_as_if_they_were_not_there()
    {
        await AppendAsync("t", "r", Drafts.Message("m1", "apple pie"), Drafts.Message("m2", "banana bread"), Drafts.Message("m3", "apple and banana"));
        await AppendAsync("u", "r", Drafts.Message("m1", "apple cake"), Drafts.Message("m2", "nothing"), Drafts.Message("m3", "nothing"), Drafts.Message("m4", "banana split"), Drafts.Message("m5", "cherry"));
        SearchScope[] scopes = [SearchScope.Thread("t"), SearchScope.ResourceOf("t")];
        var before = new List<IReadOnlyList<SearchHit>>();
        foreach (var scope in scopes)
        {
            before.Add(await HitsAsync(scope, "apple banana"));
        }

        await AppendAsync("t", null, Drafts.Message("m4", "did we speak of apple or of banana before"), Drafts.Message("m5", "apple"));

        foreach (var (scope, expected) in scopes.Zip(before))
        {
            var search = Query(scope, "apple banana") with { ExcludedPositions = new HashSet<long> { 4, 5 } };
            Ranking.AssertSame(expected, (await Search.SearchAsync(search, Token))?.Hits ?? []);
        }
    }

    private static SearchQuery Query(SearchScope scope, string question, int top = 1_000) =>
        new() { Scope = scope, Terms = LexicalEncoder.EncodeQuery(question), TopK = top };

    private static JsonElement Json(string json)
    {
        using var document = JsonDocument.Parse(json);
        return document.RootElement.Clone();
    }

    private Task<SearchResult?> SearchAsync(SearchScope scope, string question, int top = 1_000) =>
        Search.SearchAsync(Query(scope, question, top), Token);

    private async Task<IReadOnlyList<SearchHit>> HitsAsync(SearchScope scope, string question, int top = 1_000) =>
        (await SearchAsync(scope, question, top))?.Hits ?? throw new KeyNotFoundException("The scope's thread is not there.");
}
