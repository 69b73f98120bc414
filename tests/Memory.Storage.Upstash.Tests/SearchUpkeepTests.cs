using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>A long thread is gone at once, and what it left in the search index goes in steps.</summary>
public sealed class SearchUpkeepTests : IAsyncLifetime
{
    private const int Length = 1_300;
    private TestServices? test;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private TestServices Test => test ?? throw new InvalidOperationException("The services are started before each test.");

    private UpstashMessageStore Store => new(Test.Services);

    public async ValueTask InitializeAsync() => test = await TestServices.StartAsync();

    public ValueTask DisposeAsync() => Test.DisposeAsync();

    [Fact]
    public async Task A_long_thread_is_not_found_from_its_removal_on_and_leaves_nothing_behind()
    {
        await AppendAsync("stays", 20, "apple in the garden");
        var before = await SearchAsync();
        var fields = await FieldsAsync();
        await AppendAsync("goes", Length, "apple pie number");
        Assert.NotEqual(before[0].Score, (await SearchAsync())[0].Score); // the word is less rare

        Assert.True(await Store.DeleteThreadAsync("goes", null, Token));
        Assert.Null(await new UpstashSearchIndex(Test.Services, TimeProvider.System).SearchAsync(Query(SearchScope.Thread("goes")), Token));
        Assert.All(await SearchAsync(), hit => Assert.Equal("stays", hit.ThreadId));
        Assert.True(await FieldsAsync() > fields);

        await new SearchUpkeep(Test.Services).RunAsync(Token);

        Assert.Equal(before, await SearchAsync());
        Assert.Equal(fields, await FieldsAsync());
        Assert.DoesNotContain(await Test.KeysAsync(), key => key.StartsWith('x') || key.Contains("goes", StringComparison.Ordinal));
        await new SearchUpkeep(Test.Services).RunAsync(Token); // there is nothing left to do
    }

    [Fact]
    public async Task An_erasure_takes_what_a_long_thread_left_with_it()
    {
        await AppendAsync("goes", Length, "apple pie number");
        Assert.True(await Store.DeleteThreadAsync("goes", null, Token));

        await Store.EraseResourceAsync("r", DateTimeOffset.UtcNow, Token);

        Assert.Equal(["er"], await Test.KeysAsync()); // the note of it
        await new SearchUpkeep(Test.Services).RunAsync(Token);
    }

    private async Task AppendAsync(string threadId, int count, string text)
    {
        var append = new AppendMessages(Store, TimeProvider.System);
        foreach (var numbers in Enumerable.Range(1, count).Chunk(1_000))
        {
            await append.AppendAsync(
                append.Prepare(threadId, new AppendRequest { ResourceId = "r", Messages = [.. numbers.Select(number => Drafts.Message($"m{number}", $"{text} {number}", metadata: """{"a":1}"""))] }), Token);
        }
    }

    private static SearchQuery Query(SearchScope scope) => new() { Scope = scope, Terms = ["appl"], TopK = 20 };

    private async Task<IReadOnlyList<SearchHit>> SearchAsync() =>
        (await new UpstashSearchIndex(Test.Services, TimeProvider.System).SearchAsync(Query(SearchScope.Resource("r")), Token))!.Hits; // a resource is never missing

    private Task<long> FieldsAsync() => Test.Services.Redis.CommandAsync("count", ["HLEN", $"{Test.Prefix}:w:r"], answer => answer.GetInt64(), Token);
}
