using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class SearchIndexConformance<TIndex>
{
    private static readonly string?[] Metadata =
    [
        null, "{}", """{"tag":"red"}""", """{"tag":"Red"}""", """{"tag":"green","size":1}""", """{"tag":"blue","size":2.5}""", """{"size":"2"}""",
        """{"tag":["red"]}""", """{"tag":{"red":1, "n": 1}}""", """{"tag":null}""", """{"tag":true,"size":10}""", """{"size":1.0}""", """{"size":-3}""",
        """{"a.b":"x","$":1,"it's":"so","\"q\"":2}""", """{"a":{"b":"x"}}""", """{"day":"2030-01-02"}""", """{"day":"2030-01-10","tag":"red"}""", """{"tag":"\u0072ed"}""",
        """{"tag":"caf\u00e9"}""", """{"tag":"日本"}""", """{"size":1e1}""", """{"size":123456789012345}""",
    ];

    [Fact]
    public async Task Roles_and_times_say_which_messages_may_be_hits()
    {
        await AppendAsync("t", "r", [.. Enumerable.Range(1, 30).Select(number => Drafts.Message(
            $"m{number}", "apple", (MessageRole)(number % 5), createdAt: Now.AddSeconds(number)))]);
        var filter = new MessageFilter { Roles = [MessageRole.User, MessageRole.Tool], From = Now.AddSeconds(7), To = Now.AddSeconds(19) };

        var hits = await FilteredAsync(filter);

        Assert.Equal([7, 9, 12, 14, 17, 19], hits.Select(hit => hit.Position).Order());
        var all = await HitsAsync(SearchScope.Thread("t"), "apple");
        Assert.Equal(all.Where(hit => hits.Any(found => found.Position == hit.Position)).Select(hit => (hit.Position, hit.Score)), hits.Select(hit => (hit.Position, hit.Score)));
    }

    [Theory]
    [InlineData("tag", "[\"red\"]", null)]
    [InlineData("tag", "[\"red\", \"blue\", 7]", null)]
    [InlineData("tag", "[null]", null)]
    [InlineData("tag", "[true]", null)]
    [InlineData("tag", "[[\"red\"]]", null)]
    [InlineData("tag", """[{ "n": 1.0, "red": 1 }]""", null)]
    [InlineData("tag", "[\"café\", \"日本\"]", null)]
    [InlineData("tag", "[]", null)]
    [InlineData("size", "[1]", null)]
    [InlineData("size", "[\"2\"]", null)]
    [InlineData("size", null, ">= 1, < 10")]
    [InlineData("size", null, "> 1")]
    [InlineData("size", null, "<= 10")]
    [InlineData("size", null, "< -2.5")]
    [InlineData("day", null, """>= "2030-01-03" """)]
    [InlineData("day", null, """> "2030-01-02", <= "2030-01-10" """)]
    [InlineData("tag", "[\"red\", \"green\"]", """> "h" """)]
    [InlineData("a.b", "[\"x\"]", null)]
    [InlineData("$", "[1]", null)]
    [InlineData("it's", "[\"so\"]", null)]
    [InlineData("\"q\"", "[2]", null)]
    [InlineData("missing", "[null]", null)]
    public async Task Metadata_says_which_messages_may_be_hits(string key, string? anyOf, string? bounds)
    {
        await AppendAsync("t", "r", [.. Metadata.Select((metadata, at) => Drafts.Message($"m{at}", "apple", metadata: metadata))]);
        var filter = new MessageFilter { Metadata = [Condition(key, anyOf, bounds)] };

        var hits = await FilteredAsync(filter);

        Assert.Equal(
            Enumerable.Range(0, Metadata.Length).Where(at => filter.MatchesMetadata(Metadata[at])).Select(at => at + 1L),
            hits.Select(hit => hit.Position).Order());
    }

    [Fact]
    public async Task Conditions_are_joined_by_and()
    {
        await AppendAsync("t", "r", [.. Metadata.Select((metadata, at) => Drafts.Message($"m{at}", "apple", (MessageRole)(at % 2), metadata: metadata))]);

        var hits = await FilteredAsync(new MessageFilter { Roles = [MessageRole.System], Metadata = [Condition("tag", "[\"red\"]", null), Condition("day", null, """> "2030" """)] });

        Assert.Equal([17], hits.Select(hit => hit.Position));
    }

    [Fact]
    public async Task Metadata_that_is_valid_JSON_and_no_valid_text_spoils_nobodys_search()
    {
        await AppendAsync("t", "r",
            Drafts.Message("m1", "apple", metadata: """{"tag":"red","other":"\ud800"}"""),
            Drafts.Message("m2", "apple", metadata: """{"tag":"\ud800"}"""),
            Drafts.Message("m3", "apple", metadata: """{"tag":"red\u0000"}"""),
            Drafts.Message("m4", "apple", metadata: """{"tag":"red"}"""));

        Assert.Equal([1, 4], (await FilteredAsync(new MessageFilter { Metadata = [Condition("tag", "[\"red\"]", null)] })).Select(hit => hit.Position).Order());
        Assert.Subset(new HashSet<long> { 1, 2, 3, 4 }, (await FilteredAsync(new MessageFilter { Metadata = [Condition("tag", null, """> "a" """)] })).Select(hit => hit.Position).ToHashSet());
    }

    [Fact]
    public async Task Fewer_than_asked_come_back_only_when_fewer_match()
    {
        // The few that match rank below all the others.
        await AppendAsync("t", "r", [.. Enumerable.Range(1, 900).Select(number => number % 100 == 50
            ? Drafts.Message($"m{number}", $"a long message that says apple once among many other words {number}", MessageRole.Tool, metadata: """{"keep":true}""")
            : Drafts.Message($"m{number}", "apple apple apple", metadata: """{"keep":false}"""))]);
        long[] matching = [.. Enumerable.Range(0, 9).Select(hundred => (100L * hundred) + 50)];

        foreach (var filter in (MessageFilter[])[
            new() { Metadata = [Condition("keep", "[true]", null)] },
            new() { Roles = [MessageRole.Tool] },
            new() { Roles = [MessageRole.Tool], Metadata = [Condition("keep", "[true]", null)] }])
        {
            Assert.Equal(9, (await FilteredAsync(filter, 9)).Count);
            Assert.Equal(4, (await FilteredAsync(filter, 4)).Count);
            Assert.Equal(matching, (await FilteredAsync(filter, 20)).Select(hit => hit.Position).Order());
        }
    }

    private static MetadataCondition Condition(string key, string? anyOf, string? bounds) => new(
        key,
        anyOf is null ? null : [.. Json(anyOf).EnumerateArray()],
        bounds is null ? [] : [.. bounds.Split(',').Select(bound => bound.Trim()).Select(bound =>
            new MetadataBound(bound[0] == '>', bound[1] == '=', Json(bound[2..])))]);

    private async Task<IReadOnlyList<SearchHit>> FilteredAsync(MessageFilter filter, int top = 1_000) =>
        (await Search.SearchAsync(Query(SearchScope.Thread("t"), "apple", top) with { Filter = filter }, Token))?.Hits ?? throw new KeyNotFoundException();
}
