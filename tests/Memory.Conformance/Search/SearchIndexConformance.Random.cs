using CsCheck;
using Memory.Core;
using Xunit;

namespace Memory.Conformance;

public abstract partial class SearchIndexConformance<TIndex>
{
    private static readonly string[] Words =
        ["apple", "apples", "banana", "cherry", "the", "Running", "runs", "café", "日本語", "2030", "x", "naïve"];

    private static readonly Gen<string> SomeWords = Gen.OneOf(Words).Array[0, 8].Select(words => string.Join(' ', words));

    private static readonly Gen<Change> SomeChange = Gen.Select(Gen.Int[0, 11], Gen.Int[0, 5], Gen.Int[0, 15], SomeWords, (kind, thread, message, text) =>
        new Change(kind switch { < 6 => Kind.Append, < 9 => Kind.Edit, < 11 => Kind.Delete, _ => Kind.DeleteThread }, thread, message, text));

    private int runs;

    private enum Kind
    {
        Append,
        Edit,
        Delete,
        DeleteThread,
    }

    [Fact]
    public async Task Whatever_happened_before_a_search_ranks_what_is_there_and_nothing_else() =>
        await Gen.Select(SomeChange.Array[1, 60], SomeWords).SampleAsync(
            async (changes, question) =>
            {
                // Six threads of two resources, of this run's own.
                var run = Interlocked.Increment(ref runs);
                for (var at = 0; at < changes.Length; at++)
                {
                    Clock.Advance(TimeSpan.FromMilliseconds(1));
                    await ApplyAsync(changes[at], run, at);
                    if (at % 16 == 0)
                    {
                        await SearchAsync(SearchScope.Resource($"{run}/r0"), "apple"); // what is remembered now must not be answered later
                    }
                }

                foreach (var resource in (int[])[0, 1])
                {
                    await AssertTrueAsync(run, resource, question);
                    await AssertTrueAsync(run, resource, "apple run 日本");
                }
            },
            iter: 40,
            threads: 1);

    private async Task ApplyAsync(Change change, int run, int step)
    {
        var thread = $"{run}/t{change.Thread}";
        if (change.Kind == Kind.Append)
        {
            await AppendAsync(thread, $"{run}/r{change.Thread % 2}", Drafts.Message($"m{step}", change.Text));
        }
        else if (change.Kind == Kind.DeleteThread)
        {
            await Store.DeleteThreadAsync(thread, null, Token);
        }
        else if (await Store.PageAsync(new MessageListing(thread, 1, Descending: true, After: change.Message + 1, null), Token) is { Items: [var message] })
        {
            if (change.Kind == Kind.Edit)
            {
                await EditAsync(thread, message.Id, change.Text);
            }
            else
            {
                await DeleteAsync(thread, message.Id);
            }
        }
    }

    private async Task AssertTrueAsync(int run, int resource, string question)
    {
        List<Message> messages = [];
        for (var thread = resource; thread < 6; thread += 2)
        {
            var page = await Store.PageAsync(new MessageListing($"{run}/t{thread}", 1_000, false, null, null), Token);
            messages.AddRange(page?.Items ?? []);
        }

        Ranking.AssertSame(Ranking.Of(messages, question), (await SearchAsync(SearchScope.Resource($"{run}/r{resource}"), question))?.Hits ?? []);
        foreach (var thread in messages.Select(message => message.ThreadId).Distinct())
        {
            Ranking.AssertSame(Ranking.Of(messages, question, thread), await HitsAsync(SearchScope.Thread(thread), question));
        }
    }

    private sealed record Change(Kind Kind, int Thread, int Message, string Text);
}
