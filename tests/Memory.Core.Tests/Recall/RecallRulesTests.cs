using CsCheck;

namespace Memory.Core.Tests;

/// <summary>What holds for every recall, over random conversations with tool calls, hits and budgets.</summary>
public sealed class RecallRulesTests
{
    private static readonly Gen<Case> Any = Gen.Select(
        Gen.Select(Gen.Int[0, 25], Gen.Int[0, 15]), Gen.Int[0, 5].Array[40], Gen.Int[1, 4].Array[40],
        Gen.Select(Gen.Int[0, 1], Gen.Int[1, 25]).Array[0, 4], Gen.Select(Gen.Int[0, 8], Gen.Int[0, 3], Gen.Int[0, 3]), Gen.Int[0, 60], Gen.Int[0, 120].Array[40],
        (counts, kinds, gaps, hits, shape, budget, times) => Case.Of(counts, kinds, gaps, hits, shape, budget, times));

    [Fact]
    public async Task A_recall_is_the_last_messages_the_hits_and_their_neighbours_each_once_and_in_order() => await Any.SampleAsync(
        async it =>
        {
            var result = await it.RecallAsync(maxTokens: null);
            var answer = result.Messages.Select(item => item.Message).ToList();

            Assert.Equal(answer.Distinct(), answer);
            Assert.All(answer.GroupBy(message => message.ThreadId), thread =>
                Assert.Equal(thread.OrderBy(message => message.Position), thread));
            Assert.Subset(answer.ToHashSet(), it.Wanted().ToHashSet());
            Assert.All(answer.Except(it.Wanted()), message => Assert.NotEmpty(ToolPairs.Ids(message)));
            Assert.Empty(it.Split(answer));
            foreach (var item in result.Messages)
            {
                var hit = it.Hits.SingleOrDefault(hit => hit.ThreadId == item.Message.ThreadId && hit.Position == item.Message.Position);
                Assert.Equal(it.IsRecent(item.Message) ? RecallSource.Recent : hit is not null ? RecallSource.Recall : RecallSource.Context, item.Source);
                Assert.Equal(hit?.Score, item.Score);
            }
        },
        iter: 600,
        threads: 1);

    [Fact]
    public async Task A_budget_is_never_exceeded_and_parts_no_call_from_its_result() => await Any.SampleAsync(
        async it =>
        {
            var whole = await it.RecallAsync(maxTokens: null);
            var result = await it.RecallAsync(it.Budget);
            var answer = result.Messages.Select(item => item.Message).ToList();

            Assert.False(result.TokensAreEstimated);
            Assert.Equal(answer.Sum(TokenCounter.Count), result.Tokens);
            Assert.InRange(result.Tokens, 0, it.Budget);
            Assert.Subset(whole.Messages.ToHashSet(), result.Messages.ToHashSet());
            Assert.Empty(it.Split(answer));
            if (whole.Messages.Sum(item => TokenCounter.Count(item.Message)) <= it.Budget)
            {
                Assert.Equal(whole.Messages, result.Messages);
            }
        },
        iter: 300,
        threads: 1);

    [Fact]
    public async Task A_budget_keeps_the_newest_without_a_gap_unless_a_hit_or_a_tool_call_fills_it() => await Any.SampleAsync(
        async it =>
        {
            var result = await it.RecallAsync(it.Budget);
            var kept = result.Messages.Select(item => item.Message).ToHashSet();

            // Going back in time from the newest, plain recent messages end where the first one was left out.
            var recent = it.Messages.Where(it.IsRecent).OrderByDescending(message => message.Position).ToList();
            var end = recent.FindIndex(message => !kept.Contains(message));
            Assert.All(end < 0 ? [] : recent.Skip(end).Where(kept.Contains), message =>
                Assert.True(ToolPairs.Ids(message).Any() || it.Hits.Any(hit => hit.ThreadId == message.ThreadId && hit.Position == message.Position)));
        },
        iter: 300,
        threads: 1);

    private sealed record Case(IReadOnlyList<Message> Messages, IReadOnlyList<SearchHit> Hits, int Last, int Before, int After, int Budget)
    {
        public static Case Of(
            (int First, int Second) counts, int[] kinds, int[] gaps, (int Thread, int Position)[] hits, (int Last, int Before, int After) shape, int budget, int[] times)
        {
            var start = new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);
            var messages = Enumerable.Range(1, counts.First).Select(position => ("t", position)).Concat(Enumerable.Range(1, counts.Second).Select(position => ("u", position)))
                .Select((place, at) => Conversation.Content(place.Item1, place.position, Content(place.position, kinds, gaps), start.AddSeconds(times[at])))
                .ToList();
            var found = hits
                .Select((hit, at) => Conversation.Hit(hit.Thread == 0 ? "t" : "u", hit.Position, 1 - (0.1 * at)))
                .DistinctBy(hit => (hit.ThreadId, hit.Position))
                .Where(hit => messages.Any(message => message.ThreadId == hit.ThreadId && message.Position == hit.Position))
                .ToList();
            return new Case(messages, found, shape.Last, shape.Before, shape.After, budget);
        }

        public Task<RecallResult> RecallAsync(int? maxTokens)
        {
            // A thread asked for must be there, if only for its last messages.
            var scope = Messages.Any(message => message.ThreadId == "t") ? SearchScope.ResourceOf("t") : SearchScope.Resource("r");
            var query = new RecallQuery { Scope = scope, Query = "apples", TopK = 5, LastMessages = Last, Before = Before, After = After, MaxTokens = maxTokens };
            return new Conversation(Messages, Hits).RecallAsync(query);
        }

        public bool IsRecent(Message message) =>
            message.ThreadId == "t" && message.Position > Messages.Count(other => other.ThreadId == "t") - Last;

        public IEnumerable<Message> Wanted() => Messages.Where(message => IsRecent(message) || Hits.Any(hit =>
            hit.ThreadId == message.ThreadId && message.Position >= hit.Position - Before && message.Position <= hit.Position + After));

        /// <summary>Calls and results of the answer whose other half is in the conversation and not in the answer.</summary>
        public IEnumerable<Message> Split(IReadOnlyList<Message> answer)
        {
            var inside = answer.ToHashSet();
            var outside = Messages.Where(message => !inside.Contains(message)).SelectMany(ToolPairs.Ids).ToHashSet();
            return answer.Where(message => ToolPairs.Ids(message).Any(outside.Contains));
        }

        // A message may call a tool whose result follows some messages later; the result is its own message and calls nothing.
        private static string Content(int position, int[] kinds, int[] gaps)
        {
            for (var call = Math.Max(1, position - 4); call < position; call++)
            {
                if (kinds[call] == 0 && call + gaps[call] == position)
                {
                    return $$"""[{"type":"tool-result","toolCallId":"call{{call}}","result":"sunny"}]""";
                }
            }

            return kinds[position] == 0
                ? $$"""[{"type":"text","text":"let me look"},{"type":"tool-call","toolCallId":"call{{position}}"}]"""
                : $"\"{string.Join(' ', Enumerable.Repeat("words", kinds[position]))}\"";
        }
    }
}
