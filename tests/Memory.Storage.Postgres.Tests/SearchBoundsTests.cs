using System.Globalization;
using System.Text.RegularExpressions;
using CsCheck;
using Memory.Conformance;
using Memory.Core;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>A search scores only what can be among the best, going by bounds: what it leaves out must change nothing.</summary>
public sealed partial class SearchBoundsTests
{
    private const int Dimensions = 8, Threads = 4, Messages = 150;

    private static readonly EmbeddingSpace Space = new("test-model", Dimensions);

    // Frequent words first, as in any language; the most frequent stand in most messages, more than once in some.
    private static readonly Gen<string> SomeText =
        Gen.Double[0, 1].Select(share => string.Create(CultureInfo.InvariantCulture, $"w{(int)(60 * share * share * share)}")).Array[1, 12].Select(words => string.Join(' ', words));

    private static readonly Gen<Question> SomeQuestion = Gen.Select(
        SomeText, Gen.Int[1, 5], Gen.Int[0, Threads + 2], Gen.Int[-30, 60], Gen.Bool, Gen.Bool,
        (text, top, thread, vector, isFiltered, isExcluded) => new Question(text, top, thread, vector, isFiltered, isExcluded));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scoring_the_fewest_finds_what_scoring_all_finds() =>
        await Gen.Select(SomeText.Array[Threads * Messages], SomeQuestion.Array[120]).SampleAsync(
            async (texts, questions) =>
            {
                var options = await TestDatabase.OptionsAsync();
                await using (var database = PostgresDatabase.Open(options))
                {
                    await FillAsync(database, texts);
                    await ScoreAsync(database, 1_000_000, isCut: false);
                    var all = await AskAsync(database, questions);
                    await ScoreAsync(database, 0, isCut: true);
                    var fewest = await AskAsync(database, questions);

                    Assert.Equal(all, fewest);
                    Assert.Contains(all, hits => hits.Length > 0);
                }

                await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
            },
            iter: 2,
            threads: 1);

    /// <summary>Threads of one resource, whose last one awaits its vectors.</summary>
    private static async Task FillAsync(PostgresDatabase database, string[] texts)
    {
        var store = new PostgresMessageStore(database);
        var append = new AppendMessages(store, TimeProvider.System);
        for (var thread = 0; thread < Threads; thread++)
        {
            var from = thread * Messages;
            var messages = Enumerable.Range(from, Messages).Select(n => Drafts.Message($"m{n}", texts[n]) with { Role = n % 3 == 0 ? "assistant" : "user" });
            var batch = append.Prepare($"t{thread}", new AppendRequest { ResourceId = "r", Messages = [.. messages] });
            var vectors = Enumerable.Range(from, Messages).Select(n => new ReadOnlyMemory<float>(Vectors.Random(n, Dimensions)));
            await store.AppendAsync(thread == Threads - 1 ? batch : batch with { Embedded = new EmbeddedTexts(Space, [.. vectors]) }, Token);
        }
    }

    /// <summary>Lets searches score as many more than are asked for and redo what that shows to be too few, and cut off holders or not, however many there are.</summary>
    private static async Task ScoreAsync(PostgresDatabase database, int more, bool isCut)
    {
        var function = await database.ListAsync(
            "read a function", "select pg_get_functiondef(to_regproc($1))", () => [Parameter.Text(database.Names.Fill("{search_messages}"))], row => row.GetString(0), Token);
        var changed = Cut().Replace(Scored().Replace(function.Single(), string.Create(CultureInfo.InvariantCulture, $"v_scored := p_top + {more};")), $"v_is_cut := {isCut};");
        Assert.Contains($"p_top + {more};", changed, StringComparison.Ordinal);
        Assert.Contains($"v_is_cut := {isCut};", changed, StringComparison.Ordinal);
        await database.ListAsync("replace a function", changed, () => [], _ => true, Token);
    }

    private static async Task<string[]> AskAsync(PostgresDatabase database, Question[] questions)
    {
        var index = new PostgresSearchIndex(database);
        List<string> answers = [];
        foreach (var question in questions)
        {
            var result = await index.SearchAsync(
                new SearchQuery
                {
                    Scope = question.Thread < Threads ? SearchScope.Thread($"t{question.Thread}") : SearchScope.Resource("r"),
                    Terms = LexicalEncoder.EncodeQuery(question.Text),
                    TopK = question.Top,
                    Vector = question.Vector >= 0 ? new QueryVector(Space, Vectors.Random(-question.Vector, Dimensions)) : null,
                    Filter = question.IsFiltered ? new MessageFilter { Roles = [MessageRole.Assistant] } : null,
                    ExcludedPositions = question is { IsExcluded: true, Thread: < Threads } ? Enumerable.Range(Messages - 20, 21).Select(position => (long)position).ToHashSet() : new HashSet<long>(),
                },
                Token);
            answers.Add(string.Join("; ", result!.Hits.Select(hit => FormattableString.Invariant($"{hit.ThreadId} {hit.Position} {hit.Score:F9} {hit.Lexical:F9} {hit.Cosine:F6}")))); // the resource is there
        }

        return [.. answers];
    }

    [GeneratedRegex("v_scored := p_top .*;")]
    private static partial Regex Scored();

    [GeneratedRegex("v_is_cut := .*;")]
    private static partial Regex Cut();

    private sealed record Question(string Text, int Top, int Thread, int Vector, bool IsFiltered, bool IsExcluded);
}
