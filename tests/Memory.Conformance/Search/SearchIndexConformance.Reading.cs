using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class SearchIndexConformance<TIndex>
{
    [Fact]
    public async Task Searching_and_reading_in_one_call_gives_what_the_two_give()
    {
        for (var thread = 0; thread < 3; thread++)
        {
            await AppendAsync($"t{thread}", "r", [.. Enumerable.Range(1, 12).Select(number => Drafts.Message($"m{number}", $"text {(number % 4 == 0 ? "apple" : "pear")} {thread}", metadata: """{"a":1}"""))]);
        }

        await DeleteAsync("t1", "m5");
        await AppendAsync("u", "other", Drafts.Message("m1", "apple"));
        foreach (var scope in (SearchScope[])[SearchScope.Thread("t1"), SearchScope.ResourceOf("t1"), SearchScope.Resource("r")])
        {
            foreach (var (last, before, after) in ((int, int, int)[])[(0, 0, 0), (5, 1, 2), (30, 3, 0)])
            {
                var query = Query(scope, "apple", 4);
                var both = await Search.SearchAndReadAsync(query, new RecallWindow(last, before, after), Token);
                var found = await Search.SearchAsync(query, Token);
                var read = await Store.ReadAsync(
                    new MessageRead
                    {
                        ThreadId = scope.ThreadId,
                        Last = last,
                        ResourceId = "r",
                        Ranges = [.. found!.Hits.Select(hit => new PositionRange(hit.ThreadId, hit.Position - before, hit.Position + after))], // the thread is there
                    },
                    Token);

                Assert.NotEmpty(found.Hits);
                Assert.Equal(found.Hits, both!.Found.Hits); // as above
                Assert.Equal(read!.Select(Drafts.Describe), both.Messages.Select(Drafts.Describe)); // as above
            }
        }

        Assert.Null(await Search.SearchAndReadAsync(Query(SearchScope.Thread("unknown"), "apple"), new RecallWindow(1, 1, 1), Token));
        Assert.Empty((await Search.SearchAndReadAsync(Query(SearchScope.Resource("unknown"), "apple"), new RecallWindow(1, 1, 1), Token))!.Messages); // only a thread can be missing
    }
}
