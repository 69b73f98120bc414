using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    private int runs;

    [Fact]
    public async Task Appends_that_meet_and_repeat_each_other_leave_neither_gap_nor_double() =>
        await Gen.Int[0, 30].Array[1, 8].Array[2, 10].SampleAsync(
            async batches =>
            {
                // Each caller sends messages out of one small pool, so that callers repeat each other and themselves.
                var thread = $"t{Interlocked.Increment(ref runs)}";
                var results = await Task.WhenAll(batches.Select(batch => Task.Run(
                    () => AppendAsync(thread, "r", [.. batch.Select(number => Drafts.Message($"m{number}", $"text {number}"))]), Token)));

                var stored = await AllAsync(thread);
                Assert.Equal(Enumerable.Range(1, stored.Count).Select(position => (long)position), stored.Select(message => message.Position));
                Assert.Equal(batches.SelectMany(batch => batch).Distinct().Select(number => $"m{number}").Order(), stored.Select(message => message.Id).Order());
                var answered = results.SelectMany(result => result.Messages).ToList();
                Assert.Equal(stored.Count, answered.Count(message => !message.Duplicate));
                Assert.All(answered, message => Assert.Equal(message.Id, stored[(int)message.Position - 1].Id));
            },
            iter: 40,
            threads: 1);

    [Fact]
    public async Task Any_allowed_id_names_what_it_was_given_to_and_nothing_else() =>
        await Gen.Select(Identifiers.Any, Identifiers.Any, Identifiers.Any).SampleAsync(
            async (resource, thread, message) =>
            {
                Interlocked.Increment(ref runs);
                await AppendAsync(thread, resource, Drafts.Message(message, "words to find"), Drafts.Message($"other{runs}", "words to find"));
                await Store.PutWorkingMemoryAsync(new(IsThread: true, thread), new(false, "notes", 1, Now), null, Token);

                Assert.Equal((thread, resource), ((await ThreadAsync(thread)).Id, (await ThreadAsync(thread)).ResourceId));
                Assert.Equal(message, (await Store.FindMessageAsync(thread, message, Token))?.Message.Id);
                Assert.True((await AppendAsync(thread, resource, Drafts.Message(message, "words to find"))).Messages.Single().Duplicate);
                Assert.Equal("notes", (await Store.FindWorkingMemoryAsync(new(IsThread: true, thread), Token))?.Text);
                Assert.Equal(2, (await Store.ReadAsync(new MessageRead { ResourceId = resource, Ranges = [new(thread, 1, 9)] }, Token))?.Count);
                Assert.Contains(await WalkThreadsAsync(resource, 50, ThreadOrder.CreatedAt, true), listed => listed.Id == thread);
                Assert.Contains(await WalkResourcesAsync(50), listed => listed.Id == resource);
                var search = new SearchQuery { Scope = SearchScope.ResourceOf(thread), Terms = ["word"], TopK = 1_000 };
                Assert.Equal(2, (await Search.SearchAsync(search, Token))?.Hits.Count(hit => hit.ThreadId == thread));
                await EditAsync(thread, message, "other words");
                await DeleteAsync(thread, message);
                Assert.Single(await AllAsync(thread));
                Assert.True(await Store.DeleteThreadAsync(thread, null, Token));
                Assert.Equal(new ErasedCounts(0, 0, 0, 0, 0), await Store.EraseResourceAsync(resource, Now, Token));
            },
            iter: 60,
            threads: 1);

    [Fact]
    public async Task Ids_that_look_alike_are_kept_apart()
    {
        string[] ids = ["a", "A", "a ", " a", "á", "a\u0301", "ａ", "a\u200b", "a%", "a_", "a/b", "a%2Fb", "a\\b", "a*", "a?", "ı", "i", "İ", "I", "ß", "ss", "*", "%", "_", "'", "''"];
        foreach (var id in ids)
        {
            await AppendAsync($"thread {id}", id, Drafts.Message("m", $"text of {id}"));
            await AppendAsync("one thread", "one resource", Drafts.Message(id, $"text of {id}"));
        }

        foreach (var id in ids)
        {
            Assert.Equal($"text of {id}", (await Store.FindMessageAsync("one thread", id, Token))?.Message.Content.Text);
            Assert.Equal([$"thread {id}"], (await WalkThreadsAsync(id, 9, ThreadOrder.UpdatedAt, true)).Select(thread => thread.Id));
            Assert.Single((await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource(id), Terms = ["text"], TopK = 9 }, Token))?.Hits ?? []);
        }

        Assert.Equal(ids.Length, (await AllAsync("one thread")).Count);
        Assert.Equal(ids.Append("one resource").Order(StringComparer.Ordinal), (await WalkResourcesAsync(3)).Select(resource => resource.Id).Order(StringComparer.Ordinal));
        await Store.EraseResourceAsync("a", Now, Token);
        Assert.Equal(ids.Length, (await WalkResourcesAsync(9)).Count);
    }

    [Fact]
    public async Task Any_json_reads_back_to_the_letter() =>
        await Gen.Select(JsonTexts.Content, JsonTexts.Object, JsonTexts.Object).SampleAsync(
            async (content, metadata, threadMetadata) =>
            {
                var thread = $"t{Interlocked.Increment(ref runs)}";
                await CreateThreadAsync(thread, "r", metadata: threadMetadata);
                await AppendAsync(thread, null, Drafts.Raw("m", content, metadata: metadata));
                await Store.PutWorkingMemoryAsync(new(IsThread: true, thread), new(true, metadata, 1, Now), null, Token);
                await Store.CloneThreadAsync(new ThreadClone(thread, $"{thread}-clone", null, null, Now), Token);

                foreach (var id in (string[])[thread, $"{thread}-clone"])
                {
                    var message = Assert.Single(await AllAsync(id));
                    Assert.Equal((content, metadata), (message.Content.Json.Text, message.Metadata?.Text));
                    Assert.Equal(threadMetadata, (await ThreadAsync(id)).Metadata?.Text);
                    Assert.Equal(metadata, (await Store.FindWorkingMemoryAsync(new(IsThread: true, id), Token))?.Text);
                }

                Assert.True((await AppendAsync(thread, null, Drafts.Raw("m", content, metadata: metadata))).Messages.Single().Duplicate);
            },
            iter: 80,
            threads: 1);
}
