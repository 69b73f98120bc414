using Memory.Fakes;

namespace Memory.Http.Tests;

/// <summary>A server with an embedder of its own, which fails on command.</summary>
public sealed class EmbeddingTests : IAsyncLifetime
{
    private FakeOpenAI? fake;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private FakeOpenAI Embedder => fake ?? throw new InvalidOperationException("The embedder is started before each test.");

    public async ValueTask InitializeAsync() => fake = await FakeOpenAI.StartAsync();

    public ValueTask DisposeAsync() => Embedder.DisposeAsync();

    [Fact]
    public async Task Inline_the_append_is_answered_with_its_vectors_stored()
    {
        await using var server = await StartAsync();

        Assert.Equal(0, Pending(await AppendAsync(server, "t", "the cat sat on the mat", "dogs bark at night", "rain in spain")));

        var recall = await RecallAsync(server, "t", "the cat sat on a mat");
        Assert.Equal(0, Pending(recall));
        var explain = recall.Json.GetProperty("explain");
        Assert.Equal(("text-embedding-3-small", 64), (explain.GetProperty("dense").GetProperty("model").GetString(), explain.GetProperty("dense").GetProperty("dimensions").GetInt32()));
        var best = explain.GetProperty("hits")[0];
        Assert.Equal(1, best.GetProperty("position").GetInt32());
        Assert.Equal("lexical lexicalRank dense denseRank", Reply.Shape(best.GetProperty("signals")));
        Assert.Equal((1, 1), (best.GetProperty("signals").GetProperty("lexicalRank").GetInt32(), best.GetProperty("signals").GetProperty("denseRank").GetInt32()));
    }

    [Fact]
    public async Task A_turn_is_one_request_to_the_embedder()
    {
        await using var server = await StartAsync();
        await AppendAsync(server, "t", "a first message");
        var before = Embedder.Requests;

        var turn = (await server.PostAsync("/v1/threads/t/recall", """{"append":{"messages":[{"role":"user","name":"Ada","content":"what was first?"},{"role":"assistant","content":"that"}]}}""")).Is(200);

        Assert.Equal(before + 1, Embedder.Requests);
        Assert.Equal(0, Pending(turn));
        Assert.Equal(0, turn.Json.GetProperty("append").GetProperty("pendingEmbeddings").GetInt32());
    }

    [Fact]
    public async Task Queued_the_append_waits_for_no_embedder_and_the_vectors_follow()
    {
        var release = new TaskCompletionSource();
        Embedder.Delay = token => release.Task.WaitAsync(token);
        await using var server = await StartAsync("--Memory:Embedding:Mode", "Queued", "--Memory:Embedding:QueryTimeoutSeconds", "0.1");

        Assert.Equal(2, Pending(await AppendAsync(server, "t", "one fish", "two fish")));
        var recall = await RecallAsync(server, "t", "two");
        Assert.Equal((2, "two fish"), (Pending(recall), recall.Items("messages").Where(message => message.TryGetProperty("score", out _)).MaxBy(message => message.GetProperty("score").GetDouble()).GetProperty("content").GetString()));

        release.SetResult();
        await EmbeddedAsync(server, "t");
    }

    [Fact]
    public async Task Behind_an_embedder_that_hangs_appends_and_recalls_are_answered_while_it_does()
    {
        var release = new TaskCompletionSource();
        Embedder.Delay = token => release.Task.WaitAsync(token);
        await using var server = await StartAsync("--Memory:Embedding:InlineTimeoutSeconds", "0.1", "--Memory:Embedding:QueryTimeoutSeconds", "0.1");

        Assert.Equal(1, Pending(await AppendAsync(server, "t", "a message")));
        var recall = await RecallAsync(server, "t", "message");

        Assert.Equal((1, 1), (Pending(recall), recall.Items("messages").Count()));
        Assert.NotEqual("", recall.Json.GetProperty("explain").GetProperty("dense").GetProperty("failure").GetString());
        Assert.False(release.Task.IsCompleted);
    }

    [Fact]
    public async Task One_refused_text_is_found_by_its_words_and_holds_up_no_other()
    {
        await using var server = await StartAsync();

        var appended = await AppendAsync(server, "t", "a good message", "a bad one [[refuse]] with zebras", "", "another good message");

        Assert.Equal(0, Pending(appended));
        var recall = await RecallAsync(server, "t", "zebras");
        Assert.Equal((2, 0), (recall.Json.GetProperty("explain").GetProperty("hits")[0].GetProperty("position").GetInt32(), Pending(recall)));
    }

    [Fact]
    public async Task A_refused_question_is_searched_for_by_its_words()
    {
        await using var server = await StartAsync();
        await AppendAsync(server, "t", "a message of zebras", "another message");

        var recall = await RecallAsync(server, "t", "zebras [[refuse]]");

        Assert.Equal(1, recall.Json.GetProperty("explain").GetProperty("hits")[0].GetProperty("position").GetInt32());
        Assert.Equal("the embedder refused the question", recall.Json.GetProperty("explain").GetProperty("dense").GetProperty("failure").GetString());
    }

    [Fact]
    public async Task A_long_message_is_found_by_what_stands_at_its_end()
    {
        await using var server = await StartAsync("--Memory:Embedding:ChunkTokens", "32", "--Memory:Embedding:ChunkOverlapTokens", "8");
        var filler = string.Join(' ', Enumerable.Range(0, 300).Select(number => $"filler{number}"));
        await AppendAsync(server, "t", $"{filler} the zeppelin landed safely", "something else entirely", "and again something");

        Assert.True(Embedder.TextsEmbedded.Keys.Count(text => text.Contains("filler", StringComparison.Ordinal)) > 10);
        var recall = await RecallAsync(server, "t", "the zeppelin landed safely");
        Assert.Equal((1, 1), (recall.Json.GetProperty("explain").GetProperty("hits")[0].GetProperty("position").GetInt32(), recall.Json.GetProperty("explain").GetProperty("hits")[0].GetProperty("signals").GetProperty("denseRank").GetInt32()));
    }

    [Fact]
    public async Task An_edit_that_leaves_the_text_embeds_nothing_again()
    {
        await using var server = await StartAsync("--Memory:Embedding:Service:CacheEntries", "0");
        (await server.PostAsync("/v1/threads/t/messages", """{"resourceId":"r","messages":[{"id":"m","role":"user","content":"once only"}]}""")).Is(201);
        (await server.PatchAsync("/v1/threads/t/messages/m", """{"metadata":{"seen":true}}""")).Is(200);
        Assert.Equal(1, Embedder.TextsEmbedded["once only"]);

        (await server.PatchAsync("/v1/threads/t/messages/m", """{"content":"now this"}""")).Is(200);
        Assert.Equal(1, Embedder.TextsEmbedded["now this"]);
        Assert.Equal(0, Pending(await RecallAsync(server, "t", "this")));
    }

    [Fact]
    public async Task An_append_sent_again_is_answered_from_the_embedders_cache()
    {
        await using var server = await StartAsync();
        for (var time = 0; time < 2; time++)
        {
            Assert.Equal(0, Pending((await server.PostAsync("/v1/threads/t/messages", """{"resourceId":"r","messages":[{"id":"m","role":"user","content":"once only"}]}""")).Is(201)));
        }

        Assert.Equal(1, Embedder.TextsEmbedded["once only"]);
    }

    [Fact]
    public async Task A_recall_of_the_last_messages_asks_no_embedder_and_says_what_is_pending()
    {
        await using var server = await StartAsync("--Memory:Embedding:InlineTimeoutSeconds", "0.1");
        await AppendAsync(server, "t", "one");
        await EmbeddedAsync(server, "t");
        Embedder.Delay = token => Task.Delay(Timeout.Infinite, token);
        var before = Embedder.Requests + 2; // the append's and the worker's, which goes on waiting
        await AppendAsync(server, "t", "two");
        for (var deadline = DateTime.UtcNow.AddSeconds(60); Embedder.Requests < before; await Task.Delay(10, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, "The worker does not ask.");
        }

        var recall = (await server.PostAsync("/v1/threads/t/recall", """{"lastMessages":2}""")).Is(200);

        Assert.Equal((1, 2), (Pending(recall), recall.Items("messages").Count()));
        Assert.Equal(before, Embedder.Requests);
    }

    [Theory]
    [InlineData("""{"minScore":0.99}""", 0)]
    [InlineData("""{"filter":{"role":["assistant"]}}""", 0)]
    [InlineData("""{"filter":{"role":["user"]},"topK":2,"messageRange":0}""", 2)]
    [InlineData("""{"filter":{"metadata":{"n":{"gte":3}}},"topK":5,"messageRange":0}""", 2)]
    [InlineData("""{"topK":5,"messageRange":0}""", 4)]
    public async Task Filters_and_the_least_score_hold_for_hits_by_vectors_too(string semanticRecall, int hits)
    {
        await using var server = await StartAsync();
        var messages = string.Join(',', Enumerable.Range(1, 4).Select(number => $$$"""{"role":"user","content":"text number {{{number}}}","metadata":{"n":{{{number}}}}}"""));
        (await server.PostAsync("/v1/threads/t/messages", $$"""{"resourceId":"r","messages":[{{messages}}]}""")).Is(201);

        var recall = (await server.PostAsync("/v1/threads/t/recall", $$"""{"query":"nothing in common","lastMessages":0,"semanticRecall":{{semanticRecall}}}""")).Is(200);

        Assert.Equal(hits, recall.Items("messages").Count(message => message.TryGetProperty("score", out _)));
    }

    [Fact]
    public async Task Another_embedder_is_refused_by_recall_not_by_append_and_moved_to_on_request()
    {
        await using var other = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Model = "another", Dimensions = 16 });
        using var folder = new SharedFolder();
        await using (var first = await StartAsync(folder.Setting))
        {
            await AppendAsync(first, "t", "the cat sat", "the dog ran");
        }

        await using var server = await StartAsync([.. folder.Setting, "--Memory:Embedding:OpenAI:Url", $"{other.Url}/v1", "--Memory:Embedding:OpenAI:Model", "another"]);
        var appended = await AppendAsync(server, "t", "a bird flew");
        var refused = (await server.PostAsync("/v1/threads/t/recall", """{"query":"cat"}""")).IsProblem(422, "dimension_mismatch");
        Assert.Equal(1, Pending(appended));
        foreach (var named in (string[])["text-embedding-3-small (64 dimensions)", "another (16 dimensions)", "POST /v1/reembed"])
        {
            Assert.Contains(named, refused.Json.GetProperty("detail").GetString(), StringComparison.Ordinal);
        }

        var operation = (await server.PostAsync("/v1/reembed", "")).Is(202);
        Assert.Equal("reembed", operation.Json.GetProperty("kind").GetString());
        await EmbeddedAsync(server, "t");
        Assert.Equal("another", (await RecallAsync(server, "t", "cat")).Json.GetProperty("explain").GetProperty("dense").GetProperty("model").GetString());
        await server.EndsAsync(operation.Header("Location")!, "succeeded");
    }

    [Fact]
    public async Task Without_an_embedder_there_is_nothing_to_move_to()
    {
        await using var server = await OwnServer.StartAsync();

        (await server.PostAsync("/v1/reembed", "")).IsProblem(400, "invalid_request");
    }

    private static int Pending(Reply reply) => reply.Json.GetProperty("pendingEmbeddings").GetInt32();

    private static async Task<Reply> AppendAsync(OwnServer server, string thread, params string[] texts) => (await server.PostAsync(
        $"/v1/threads/{thread}/messages",
        $$"""{"resourceId":"r","messages":[{{string.Join(',', texts.Select(text => $$"""{"role":"user","content":{{Api.Quote(text)}}}"""))}}]}""")).Is(201);

    private static async Task<Reply> RecallAsync(OwnServer server, string thread, string question) =>
        (await server.PostAsync($"/v1/threads/{thread}/recall", $$"""{"query":{{Api.Quote(question)}},"explain":true}""")).Is(200);

    private static async Task EmbeddedAsync(OwnServer server, string thread)
    {
        for (var deadline = DateTime.UtcNow.AddSeconds(60); Pending((await server.PostAsync($"/v1/threads/{thread}/recall", "{}")).Is(200)) > 0; await Task.Delay(20, Token))
        {
            Assert.True(DateTime.UtcNow < deadline, "The vectors do not follow.");
        }
    }

    private Task<OwnServer> StartAsync(params string[] settings) => OwnServer.StartAsync(
    [
        "--Memory:Embedding:Provider", "openai", "--Memory:Embedding:OpenAI:Url", $"{Embedder.Url}/v1", "--Memory:Embedding:OpenAI:ApiKey", Embedder.Key,
        "--Memory:Embedding:SweepSeconds", "0.1", "--Memory:Embedding:MaxRetrySeconds", "1", "--Memory:Operations:SweepSeconds", "0.1", "--Logging:LogLevel:Memory", "None",
        .. settings,
    ]);

    private sealed class SharedFolder : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("memory-http-");

        public string[] Setting => ["--Memory:LibSql:Url", $"file:{Path.Combine(folder.FullName, "memory.db")}"];

        public void Dispose() => folder.Delete(recursive: true);
    }
}
