using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class MessageStoreConformance<TStore>
{
    [Fact]
    public async Task An_erasure_takes_operations_that_named_no_resource_when_their_thread_was_not_there_yet()
    {
        await Operations.AcceptAsync(Drafts.Operation("queued", Now, "t", resourceId: null), Token);
        await Operations.AcceptAsync(Drafts.Operation("done", Now, "t", resourceId: null), Token);
        await Operations.AcceptAsync(Drafts.Operation("failed", Now, "t", resourceId: null), Token);
        await Operations.AcceptAsync(Drafts.Operation("theirs", Now, "u", resourceId: null), Token);
        await Operations.AcceptAsync(Drafts.Operation("nobody's", Now, "not yet there", resourceId: null), Token);
        await Operations.AcceptAsync(Drafts.Operation("of no thread", Now, resourceId: null) with { ThreadId = null }, Token);
        await Operations.AcceptAsync(Drafts.Operation("named other", Now, "t", "other"), Token);
        await Operations.ClaimAsync(3, TimeSpan.FromMinutes(1), Now, Token);
        await Operations.CompleteAsync("done", 1, new RawJson("1"), Now, Token);
        await Operations.FailAsync("failed", 1, new OperationError("code", "reason"), null, Now, Token);
        await AppendAsync("t", "r", Drafts.Messages(2));
        await AppendAsync("u", "other", Drafts.Messages(1));

        Assert.Equal(new ErasedCounts(1, 2, 0, 3, 0), await Store.EraseResourceAsync("r", Now, Token));

        foreach (var (id, isThere) in ((string, bool)[])[("queued", false), ("done", false), ("failed", false), ("theirs", true), ("nobody's", true), ("of no thread", true), ("named other", true)])
        {
            Assert.Equal((id, isThere), (id, await Operations.FindAsync(id, Token) is not null));
        }

        Assert.Empty(await Operations.ListFailedAsync(9, Token));
        Assert.Equal(
            ["named other", "nobody's", "of no thread", "theirs"],
            (await Operations.ClaimAsync(9, TimeSpan.FromMinutes(1), Now, Token)).Select(operation => operation.Id).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task An_erasure_takes_more_operations_than_one_step_holds()
    {
        for (var thread = 0; thread < 3; thread++)
        {
            for (var number = 0; number < 40; number++)
            {
                await Operations.AcceptAsync(Drafts.Operation($"{thread}-{number}", Now, $"t{thread}", number % 2 == 0 ? "r" : null), Token);
            }

            await CreateThreadAsync($"t{thread}", "r");
        }

        Assert.Equal(new ErasedCounts(3, 0, 0, 120, 0), await Store.EraseResourceAsync("r", Now, Token));
        Assert.Empty(await Operations.ClaimAsync(200, TimeSpan.FromMinutes(1), Now, Token));
    }

    [Fact]
    public async Task An_erasure_takes_what_awaits_its_vectors()
    {
        await Store.AppendAsync(Batch("t", "r", Drafts.Messages(5)) with { EmbeddingDueAt = Now }, Token);
        await Store.AppendAsync(Batch("u", "other", Drafts.Messages(2)) with { EmbeddingDueAt = Now }, Token);

        Assert.Equal(new ErasedCounts(1, 5, 0, 0, 0), await Store.EraseResourceAsync("r", Now, Token));

        Assert.Equal(2, await Embeddings.CountAsync(Token));
    }

    [Fact]
    public async Task Resources_whose_ids_begin_like_an_erased_ones_stay()
    {
        string[] ids = ["acme", "acme/", "acme/1", "acme%", "acme_", "acme*", "acm", "Acme", "acme ", "acme:t", "acme\u0301"];
        foreach (var id in ids)
        {
            await AppendAsync($"thread of {id}", id, Drafts.Message("m1", "text"));
            await Store.PutWorkingMemoryAsync(new(IsThread: false, id), new(false, "notes", 1, Now), null, Token);
            await Operations.AcceptAsync(Drafts.Operation($"operation of {id}", Now, $"other thread of {id}", id), Token);
        }

        foreach (var (index, erased) in ids.Index())
        {
            Assert.Equal(new ErasedCounts(1, 1, 1, 1, 0), await Store.EraseResourceAsync(erased, Now, Token));

            var rest = ids.Skip(index + 1).ToList();
            Assert.Equal(rest.Order(StringComparer.Ordinal), (await WalkResourcesAsync(50)).Select(resource => resource.Id).Order(StringComparer.Ordinal));
            foreach (var id in rest)
            {
                Assert.Single(await AllAsync($"thread of {id}"));
                Assert.NotNull(await Store.FindWorkingMemoryAsync(new(IsThread: false, id), Token));
                Assert.NotNull(await Operations.FindAsync($"operation of {id}", Token));
            }
        }
    }

    [Fact]
    public async Task What_was_accepted_before_an_erasure_is_refused_after_it_and_leaves_nothing()
    {
        var accepted = Batch("t", "r", Drafts.Messages(2)) with { AcceptedAt = Now, EmbeddingDueAt = Now };
        await Store.AppendAsync(accepted, Token);
        Clock.Advance(TimeSpan.FromSeconds(1));
        await Store.EraseResourceAsync("r", Now, Token);

        foreach (var acceptedAt in (DateTimeOffset[])[Now.AddSeconds(-1), Now.AddDays(-3), Now])
        {
            await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(accepted with { AcceptedAt = acceptedAt }, Token));
            await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(accepted with { AcceptedAt = acceptedAt, ThreadId = "u" }, Token));
        }

        Assert.Empty(await WalkResourcesAsync(9));
        Assert.Null(await Store.FindThreadAsync("t", Token));
        Assert.Null(await Store.FindThreadAsync("u", Token));
        Assert.Equal(0, await Embeddings.CountAsync(Token));
        Assert.Equal(new ErasedCounts(0, 0, 0, 0, 0), await Store.EraseResourceAsync("r", Now, Token));
    }

    [Fact]
    public async Task What_was_accepted_before_an_erasure_is_refused_in_the_resource_made_anew_too()
    {
        var accepted = Batch("t", "r", Drafts.Message("late", "text")) with { AcceptedAt = Now };
        await Store.EraseResourceAsync("r", Now, Token);
        await AppendAsync("t", "r", Drafts.Messages(1));
        var before = (await ThreadAsync("t"), await ContentsAsync("t"));

        await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(accepted, Token));

        Assert.Equal(before.Item1, await ThreadAsync("t"));
        Assert.Equal(before.Item2, await ContentsAsync("t"));
    }

    [Fact]
    public async Task What_was_accepted_after_an_erasure_or_is_answered_at_once_makes_the_resource_anew()
    {
        await Store.EraseResourceAsync("r", Now, Token);

        await Store.AppendAsync(Batch("t", "r", Drafts.Message("m1", "text")) with { AcceptedAt = Now + Tick }, Token);
        await AppendAsync("t", "r", Drafts.Message("m2", "text"));
        await Store.AppendAsync(Batch("u", "never erased", Drafts.Message("m1", "text")) with { AcceptedAt = Now.AddDays(-9) }, Token);

        Assert.Equal(["m1", "m2"], (await AllAsync("t")).Select(message => message.Id));
        Assert.Single(await AllAsync("u"));
    }

    [Fact]
    public async Task An_erasure_of_a_resource_that_is_not_there_is_remembered_too()
    {
        await Store.EraseResourceAsync("r", Now, Token);

        await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(1)) with { AcceptedAt = Now }, Token));
    }

    [Fact]
    public async Task Of_two_erasures_the_later_time_counts_whichever_comes_first()
    {
        await Store.EraseResourceAsync("r", Now, Token);
        await Store.EraseResourceAsync("r", Now.AddHours(-1), Token); // by a clock that is behind
        await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(1)) with { AcceptedAt = Now }, Token));

        await Store.EraseResourceAsync("r", Now.AddHours(1), Token);
        await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(Batch("t", "r", Drafts.Messages(1)) with { AcceptedAt = Now.AddHours(1) }, Token));
        await Store.AppendAsync(Batch("t", "r", Drafts.Messages(1)) with { AcceptedAt = Now.AddHours(1) + Tick }, Token);
    }

    [Fact]
    public async Task An_erasure_is_remembered_as_long_as_it_is_said_and_then_no_more()
    {
        var accepted = Batch("t", "r", Drafts.Messages(1)) with { AcceptedAt = Now };
        await Store.EraseResourceAsync("r", Now, Token);

        Clock.Advance(Erasures.Remembered);
        await Store.EraseResourceAsync("another", Now, Token); // old notes go with new ones
        await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(accepted, Token));

        Clock.Advance(Tick);
        await Store.EraseResourceAsync("another", Now, Token);
        await Store.AppendAsync(accepted, Token);
        Assert.Single(await AllAsync("t"));
    }

    [Fact]
    public async Task Ids_that_look_alike_are_erased_apart()
    {
        string[] ids = ["a", "A", "a ", "á", "a\u0301", "a%", "a_", "a/b", "a*", "'", "''", "ß", "ss", "😀", new string('x', 256), string.Concat(Enumerable.Repeat("😀", 64))];
        foreach (var id in ids)
        {
            await AppendAsync($"t {id}"[..Math.Min(60, id.Length + 2)], id, Drafts.Messages(1));
        }

        foreach (var (index, id) in ids.Index())
        {
            Assert.Equal(new ErasedCounts(1, 1, 0, 0, 0), await Store.EraseResourceAsync(id, Now, Token));
            await RefusedAsync(ErrorCode.ResourceErased, () => Store.AppendAsync(Batch("new", id, Drafts.Messages(1)) with { AcceptedAt = Now }, Token));
            if (index + 1 < ids.Length)
            {
                await Store.AppendAsync(Batch($"n{index}", ids[index + 1], Drafts.Messages(1)) with { AcceptedAt = Now }, Token);
                await Store.DeleteThreadAsync($"n{index}", null, Token);
            }
        }
    }

    [Fact]
    public async Task Nothing_accepted_before_an_erasure_comes_through_beside_it()
    {
        var acceptedAt = Now;
        await AppendAsync("t0", "r", Drafts.Messages(200));
        await AppendAsync("theirs", "other", Drafts.Messages(2));
        Clock.Advance(TimeSpan.FromSeconds(1));
        var appends = Enumerable.Range(0, Callers).Select(caller => Task.Run(
            async () =>
            {
                for (var number = 0; number < 30; number++)
                {
                    try
                    {
                        await Store.AppendAsync(Batch($"t{number % 4}", "r", Drafts.Message($"c{caller}-{number}", "late words")) with { AcceptedAt = acceptedAt, EmbeddingDueAt = Now }, Token);
                    }
                    catch (RefusedException refused) when (refused.Code == ErrorCode.ResourceErased)
                    {
                        return true;
                    }
                }

                return false;
            },
            Token)).ToList();
        for (var round = 0; round < 4; round++)
        {
            Assert.Equal(0, (await Store.EraseResourceAsync("r", Now, Token)).Leftovers);
        }

        await Task.WhenAll(appends);

        Assert.Equal(["other"], (await WalkResourcesAsync(9)).Select(resource => resource.Id));
        for (var thread = 0; thread < 4; thread++)
        {
            Assert.Null(await Store.FindThreadAsync($"t{thread}", Token));
        }

        Assert.Empty((await Search.SearchAsync(new SearchQuery { Scope = SearchScope.Resource("r"), Terms = ["late", "text"], TopK = 9 }, Token))?.Hits ?? []);
        Assert.Equal(0, await Embeddings.CountAsync(Token));
        Assert.Equal(new ErasedCounts(0, 0, 0, 0, 0), await Store.EraseResourceAsync("r", Now, Token));
        Assert.Equal(2, (await AllAsync("theirs")).Count);
    }
}
