using Memory.Conformance;
using Moq;

namespace Memory.Core.Tests;

public sealed class RecallMessagesTests
{
    private static readonly AppendMessages Prepare = new(Mock.Of<IMessageStore>(), TimeProvider.System);

    [Fact]
    public async Task A_recall_is_one_search_that_reads()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 40), .. Conversation.Thread("u", 10)], Conversation.Hit("u", 5, 0.9), Conversation.Hit("t", 3, 0.4));

        var result = await conversation.RecallAsync(Query(SearchScope.ResourceOf("t")) with { Query = "the apples", TopK = 3, LastMessages = 4, Before = 2, After = 1 });

        var (search, window) = Assert.Single(conversation.Searches);
        Assert.Equal((SearchScope.ResourceOf("t"), 3, 0.0), (search.Scope, search.TopK, search.MinScore));
        Assert.Equal(["appl"], search.Terms);
        Assert.Equal(new RecallWindow(Last: 4, Before: 2, After: 1), window);
        Assert.Empty(conversation.Reads);
        Assert.Equal(["u3", "u4", "u5", "u6", "t1", "t2", "t3", "t4", "t37", "t38", "t39", "t40"], result.Messages.Select(item => item.Message.Id).OrderByDescending(id => id[0]));
        Assert.Equal(7, result.PendingEmbeddings);
        Assert.Equal(("the apples", 2), (result.Explanation.Query, result.Explanation.Hits.Count));
    }

    [Fact]
    public async Task Each_message_comes_once_marked_by_why_it_is_there()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 10)], Conversation.Hit("t", 3, 0.9), Conversation.Hit("t", 4, 0.5), Conversation.Hit("t", 9, 0.2));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 3, LastMessages = 2, Before = 1, After = 1 });

        Assert.Equal(
            [(2, RecallSource.Context, null), (3, RecallSource.Recall, 0.9), (4, RecallSource.Recall, 0.5), (5, RecallSource.Context, null),
             (8, RecallSource.Context, null), (9, RecallSource.Recent, 0.2), (10, RecallSource.Recent, (double?)null)],
            result.Messages.Select(item => (item.Message.Position, item.Source, item.Score)));
        Assert.True(result.TokensAreEstimated);
        Assert.Equal(result.Messages.Sum(item => TokenCounter.Estimate(item.Message)), result.Tokens);
    }

    [Fact]
    public async Task Search_settings_are_passed_on()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 3)]);
        var filter = new MessageFilter { Roles = [MessageRole.User] };

        await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 5, MinScore = 0.25, Filter = filter });

        var search = Assert.Single(conversation.Searches).Query;
        Assert.Equal((5, 0.25, filter), (search.TopK, search.MinScore, search.Filter));
        Assert.Empty(search.ExcludedPositions);
    }

    [Theory]
    [InlineData(null, 3)] // no question
    [InlineData("who are you?", 3)] // only stop words
    [InlineData("apples", 0)] // no hits wanted
    public async Task Without_anything_to_search_for_the_last_messages_are_one_read(string? question, int topK)
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 10)], Conversation.Hit("t", 1));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = question, TopK = topK, LastMessages = 3 });

        Assert.Equal([8, 9, 10], result.Messages.Select(item => item.Message.Position));
        Assert.Empty(conversation.Searches);
        Assert.Single(conversation.Reads);
    }

    [Fact]
    public async Task A_resource_without_hits_needs_no_read()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 10)]);

        Assert.Empty((await conversation.RecallAsync(Query(SearchScope.Resource("r")) with { Query = "apples", TopK = 3 })).Messages);
        Assert.Empty((await conversation.RecallAsync(Query(SearchScope.Resource("r")))).Messages);
        Assert.Empty(conversation.Reads);
    }

    [Fact]
    public async Task A_resource_has_no_recent_messages()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 10)], Conversation.Hit("t", 10));

        var result = await conversation.RecallAsync(Query(SearchScope.Resource("r")) with { Query = "apples", TopK = 3, LastMessages = 5, Before = 1 });

        Assert.Equal([(9, RecallSource.Context), (10, RecallSource.Recall)], result.Messages.Select(item => (item.Message.Position, item.Source)));
        Assert.Null(Assert.Single(conversation.Searches).Query.Scope.ThreadId);
        Assert.Empty(conversation.Reads);
    }

    [Theory]
    [InlineData("apples")]
    [InlineData(null)]
    public async Task A_missing_thread_is_refused(string? question)
    {
        var conversation = new Conversation([]);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = question, TopK = 3 }));

        Assert.Equal(ErrorCode.ThreadNotFound, refused.Code);
    }

    [Fact]
    public async Task An_append_comes_first_and_is_never_its_own_hit()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)], Conversation.Hit("t", 2), Conversation.Hit("t", 6), Conversation.Hit("t", 7));
        var batch = Batch(Drafts.Message("a", "first question about apples"), Drafts.Message("b", "an answer", MessageRole.Assistant));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Append = batch, TopK = 3, LastMessages = 2 });

        Assert.Same(batch, Assert.Single(conversation.Appends));
        var search = Assert.Single(conversation.Searches).Query;
        Assert.Equal([6, 7], search.ExcludedPositions.Order());
        Assert.Equal(["a", "b"], result.Appended?.Messages.Select(message => message.Id));
        Assert.Equal([(2, RecallSource.Recall), (6, RecallSource.Recent), (7, RecallSource.Recent)], result.Messages.Select(item => (item.Message.Position, item.Source)));
    }

    [Fact]
    public async Task The_question_defaults_to_what_the_user_last_said_in_the_append()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)]);
        var batch = Batch(
            Drafts.Message("a", "oranges"), Drafts.Raw("b", """[{"type":"text","text":"apples"},{"type":"text","text":"and pears"}]"""),
            Drafts.Message("c", "cherries", MessageRole.Assistant), Drafts.Message("d", "figs", MessageRole.Tool));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Append = batch, TopK = 3 });
        Assert.Equal("apples\nand pears", result.Explanation.Query);
        Assert.Equal(["appl", "pear"], result.Explanation.Terms);

        result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Append = batch, TopK = 3, Query = "lemons" });
        Assert.Equal(["lemon"], result.Explanation.Terms);
    }

    [Fact]
    public async Task An_append_without_a_user_asks_nothing()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)]);

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Append = Batch(Drafts.Message("a", "apples", MessageRole.Assistant)), TopK = 3, LastMessages = 1 });

        Assert.Empty(conversation.Searches);
        Assert.Equal(["a"], result.Messages.Select(item => item.Message.Id));
    }

    [Fact]
    public async Task A_tool_call_at_a_pieces_edge_is_completed_by_one_more_read()
    {
        var messages = Conversation.Thread("t", 30).ToList();
        messages[9] = Conversation.Content("t", 10, """[{"type":"tool-call","toolCallId":"a"},{"type":"tool-call","toolCallId":"b"}]""");
        messages[11] = Conversation.Content("t", 12, """[{"type":"tool-result","toolCallId":"a"}]""");
        messages[13] = Conversation.Content("t", 14, """[{"type":"tool-result","toolCallId":"b"}]""");

        foreach (var hit in (long[])[10, 12, 14])
        {
            var conversation = new Conversation(messages, Conversation.Hit("t", hit));
            var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 1, LastMessages = 1 });

            Assert.Equal([10, 12, 14, 30], result.Messages.Select(item => item.Message.Position));
            Assert.Equal(hit, result.Messages.Single(item => item.Source == RecallSource.Recall).Message.Position);
            Assert.Single(conversation.Reads); // beside the search, which reads
        }
    }

    [Theory]
    [InlineData(24, 8, 12)] // the last message is 16 after the call
    [InlineData(40, 8, 12)]
    [InlineData(9, 8, 9)]
    public async Task A_call_is_completed_whatever_else_was_read(int count, int call, int answer)
    {
        var messages = Conversation.Thread("t", count).ToList();
        messages[call - 1] = Conversation.Content("t", call, """[{"type":"tool-call","toolCallId":"a"}]""");
        messages[answer - 1] = Conversation.Content("t", answer, """[{"type":"tool-result","toolCallId":"a"}]""");
        var conversation = new Conversation(messages, Conversation.Hit("t", call));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 1, LastMessages = 1 });

        Assert.Contains(result.Messages, item => item.Message.Position == answer);
    }

    [Fact]
    public async Task A_call_that_nobody_answered_needs_no_second_read()
    {
        var messages = Conversation.Thread("t", 40).ToList();
        messages[29] = Conversation.Content("t", 30, """[{"type":"tool-call","toolCallId":"a"}]""");
        var conversation = new Conversation(messages);

        await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { LastMessages = 30 });

        Assert.Single(conversation.Reads);
    }

    [Fact]
    public async Task A_whole_tool_exchange_needs_no_second_read()
    {
        var messages = Conversation.Thread("t", 20).ToList();
        messages[17] = Conversation.Content("t", 18, """[{"type":"tool-call","toolCallId":"a"}]""");
        messages[18] = Conversation.Content("t", 19, """[{"type":"tool-result","toolCallId":"a"}]""");
        var conversation = new Conversation(messages);

        await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { LastMessages = 5 });

        Assert.Single(conversation.Reads);
    }

    [Fact]
    public async Task Only_a_torn_tool_call_is_read_apart()
    {
        var messages = Conversation.Thread("t", 30).ToList();
        messages[9] = Conversation.Content("t", 10, """[{"type":"tool-call","toolCallId":"a"}]""");
        messages[11] = Conversation.Content("t", 12, """[{"type":"tool-result","toolCallId":"a"}]""");
        var conversation = new Conversation(messages, Conversation.Hit("t", 10));

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 1, LastMessages = 1 });

        Assert.Equal([10, 12, 30], result.Messages.Select(item => item.Message.Position));
        Assert.Equal("r", Assert.Single(conversation.Reads).ResourceId);
    }

    [Fact]
    public async Task A_missing_thread_is_refused_by_the_search()
    {
        var conversation = new Conversation([]);

        var refused = await Assert.ThrowsAsync<RefusedException>(() => conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 3 }));

        Assert.Equal(ErrorCode.ThreadNotFound, refused.Code);
    }

    [Fact]
    public async Task What_is_pending_is_counted_by_the_call_that_reads()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 10)], Conversation.Hit("t", 1));
        using var generator = new ScriptedGenerator();

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { LastMessages = 3 }, generator.Embed(TimeProvider.System));

        Assert.True(Assert.Single(conversation.Searches).Query.CountPending);
        Assert.Equal([8, 9, 10], result.Messages.Select(item => item.Message.Position));
        Assert.Equal(7, result.PendingEmbeddings);
        Assert.Empty(conversation.Reads);
        Assert.Empty(generator.Calls);
    }

    [Fact]
    public async Task The_embedder_is_asked_once_for_a_turn_and_before_the_append()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)], Conversation.Hit("t", 2));
        using var generator = new ScriptedGenerator();
        var before = generator.Answer;
        var appends = -1;
        generator.Answer = (texts, token) =>
        {
            appends = conversation.Appends.Count;
            return before(texts, token);
        };

        var result = await conversation.RecallAsync(
            Query(SearchScope.Thread("t")) with { Append = Batch(Drafts.Message("a", "about apples"), Drafts.Message("b", "an answer", MessageRole.Assistant)), TopK = 3 }, generator.Embed(TimeProvider.System));

        Assert.Equal(["about apples", "an answer", "about apples"], generator.Calls.Single());
        Assert.Equal(0, appends);
        Assert.Equal(2, Assert.Single(conversation.Appends).Embedded?.Vectors.Count);
        Assert.Equal(new EmbeddingSpace("test-model", 3), Assert.Single(conversation.Searches).Query.Vector?.Space);
        Assert.Null(result.Explanation.DenseFailure);
    }

    [Theory]
    [InlineData(0.5, 0.5, true, true)]
    [InlineData(0.0, 1.0, false, true)] // only the vector is looked for
    [InlineData(1.0, 0.0, true, false)] // the embedder is not asked
    public async Task A_signal_without_weight_is_not_asked_for(double lexical, double dense, bool byWords, bool byVector)
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)], Conversation.Hit("t", 2));
        using var generator = new ScriptedGenerator();
        var weights = new FusionWeights(lexical, dense);

        var result = await conversation.RecallAsync(Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 3 }, generator.Embed(TimeProvider.System), weights);

        var search = Assert.Single(conversation.Searches).Query;
        Assert.Equal((weights, byWords, byVector), (search.Weights, search.Terms.Count > 0, search.Vector is not null));
        Assert.Equal((byVector ? 1 : 0, search.Terms), (generator.Calls.Count, result.Explanation.Terms));
    }

    [Fact]
    public async Task Words_without_weight_stand_in_where_there_is_no_vector_to_look_for()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)], Conversation.Hit("t", 2));
        using var generator = new ScriptedGenerator { Answer = (_, _) => throw new EmbeddingException("test", isTransient: true, "it is down") };
        var query = Query(SearchScope.Thread("t")) with { Query = "apples", TopK = 3 };

        var failed = await conversation.RecallAsync(query, generator.Embed(TimeProvider.System), new FusionWeights(0, 1));
        await conversation.RecallAsync(query, embed: null, new FusionWeights(0, 1));

        Assert.NotNull(failed.Explanation.DenseFailure);
        Assert.Equal(2, conversation.Searches.Count);
        Assert.All(conversation.Searches, search => Assert.Equal("appl", Assert.Single(search.Query.Terms)));
        Assert.All(conversation.Searches, search => Assert.Null(search.Query.Vector));
    }

    [Fact]
    public async Task A_turn_embeds_its_messages_whatever_its_question_is_looked_for_by()
    {
        var conversation = new Conversation([.. Conversation.Thread("t", 5)]);
        using var generator = new ScriptedGenerator();

        await conversation.RecallAsync(
            Query(SearchScope.Thread("t")) with { Append = Batch(Drafts.Message("a", "about apples")), TopK = 3 }, generator.Embed(TimeProvider.System), new FusionWeights(1, 0));

        Assert.Equal(["about apples"], generator.Calls.Single());
        Assert.Equal(1, Assert.Single(conversation.Appends).Embedded?.Vectors.Count);
    }

    private static RecallQuery Query(SearchScope scope) => new() { Scope = scope };

    private static AppendBatch Batch(params IReadOnlyList<MessageInput> messages) => Prepare.Prepare("t", new AppendRequest { Messages = messages });
}
