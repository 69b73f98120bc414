namespace Memory.Http.Tests;

public sealed class RecallFilterTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Theory]
    [InlineData("""{"role":"assistant"}""", "2 5")]
    [InlineData("""{"role":["user","tool"]}""", "1 3 4")]
    [InlineData("""{"from":"2030-01-03T00:00:00Z"}""", "3 4 5")]
    [InlineData("""{"to":"2030-01-02T01:00:00+01:00"}""", "1 2 6")]
    [InlineData("""{"from":"2030-01-02T00:00:00Z","to":"2030-01-04T00:00:00Z"}""", "2 3 4")]
    [InlineData("""{"metadata":{"topic":"x"}}""", "1 2")]
    [InlineData("""{"metadata":{"topic":{"in":["x","y"]}}}""", "1 2 3")]
    [InlineData("""{"metadata":{"n":{"gte":2,"lt":4}}}""", "2 3")]
    [InlineData("""{"metadata":{"n":{"gt":2}}}""", "3 4")]
    [InlineData("""{"metadata":{"n":4.0}}""", "4")]
    [InlineData("""{"metadata":{"topic":{"gte":"y"}}}""", "3 4")]
    [InlineData("""{"metadata":{"flag":true}}""", "4")]
    [InlineData("""{"metadata":{"none":null}}""", "5")]
    [InlineData("""{"metadata":{"list":{"in":[[1,2]]}}}""", "5")]
    [InlineData("""{"metadata":{"n":"2"}}""", "")]
    [InlineData("""{"metadata":{"absent":1}}""", "")]
    [InlineData("""{"role":"user","metadata":{"topic":"y"},"from":"2030-01-01T00:00:00Z"}""", "3")]
    public async Task Only_what_meets_the_filter_is_a_hit(string filter, string positions)
    {
        var thread = await api.NewThreadAsync(resource);
        (await api.PostAsync($"/v1/threads/{thread}/messages", """
            {"messages":[
                {"role":"user","content":"otter","createdAt":"2030-01-01T00:00:00Z","metadata":{"topic":"x","n":1}},
                {"role":"assistant","content":"otter","createdAt":"2030-01-02T00:00:00Z","metadata":{"topic":"x","n":2}},
                {"role":"user","content":"otter","createdAt":"2030-01-03T00:00:00Z","metadata":{"topic":"y","n":3}},
                {"role":"tool","content":"otter","createdAt":"2030-01-04T00:00:00Z","metadata":{"topic":"z","n":4,"flag":true}},
                {"role":"assistant","content":"otter","createdAt":"2030-01-05T00:00:00Z","metadata":{"none":null,"list":[1,2]}},
                {"role":"system","content":"nothing of the kind","createdAt":"2030-01-01T12:00:00Z"}]}
            """)).Is(201);

        // The last message's neighbours hold the word, which makes it a hit wherever the filter lets it.
        var reply = await api.PostAsync(
            $"/v1/threads/{thread}/recall", $$$"""{"query":"otter","lastMessages":0,"semanticRecall":{"topK":5,"messageRange":0,"filter":{{{filter}}}}}""");
        Assert.Equal(positions, string.Join(' ', reply.Is(200).All("messages", "position")));
    }

    [Fact]
    public async Task A_filter_finds_as_many_as_asked_however_rare_they_are()
    {
        var thread = await api.NewThreadAsync(resource);
        var messages = Enumerable.Range(1, 600).Select(i => $$$"""{"role":"user","content":"otter","metadata":{"rare":{{{(i % 100 == 0 ? "true" : "false")}}}}}""");
        (await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{{string.Join(',', messages)}}]}""")).Is(201);
        var reply = await api.PostAsync(
            $"/v1/threads/{thread}/recall", """{"query":"otter","lastMessages":0,"semanticRecall":{"topK":6,"messageRange":0,"filter":{"metadata":{"rare":true}}}}""");
        Assert.Equal(["100", "200", "300", "400", "500", "600"], reply.Is(200).All("messages", "position"));
    }

    [Fact]
    public async Task Hits_below_the_least_score_are_left_out()
    {
        var thread = await api.NewThreadAsync(resource, RecallTests.Conversation(30));
        const string question = "\"query\":\"zeppelin hangar code\",\"lastMessages\":0";
        var all = (await api.PostAsync($"/v1/threads/{thread}/recall", $$$"""{{{{question}}},"semanticRecall":{"topK":5,"messageRange":0}}""")).Is(200);
        var scores = all.Items("messages").Select(message => message.GetProperty("score").GetDouble()).OrderDescending().ToList();
        Assert.Equal(5, scores.Count);
        Assert.All(scores, score => Assert.InRange(score, 0, 1));
        var least = ((scores[1] + scores[2]) / 2).ToString("R", System.Globalization.CultureInfo.InvariantCulture);
        var some = (await api.PostAsync($"/v1/threads/{thread}/recall", $$$"""{{{{question}}},"semanticRecall":{"topK":5,"messageRange":0,"minScore":{{{least}}}}}""")).Is(200);
        Assert.Equal(2, some.Items("messages").Count());
        Assert.Empty((await api.PostAsync($"/v1/threads/{thread}/recall", $$$"""{{{{question}}},"semanticRecall":{"minScore":1}}""")).Is(200).Items("messages"));
    }

    [Fact]
    public async Task Explain_says_how_the_hits_came_about()
    {
        var thread = await api.NewThreadAsync(resource, RecallTests.Conversation(30));
        var reply = (await api.PostAsync($"/v1/threads/{thread}/recall", """{"query":"the zeppelin hangar","explain":true}""")).Is(200);
        var explain = reply.Json.GetProperty("explain");
        Assert.Equal("query terms hits timingsMs", Reply.Shape(explain));
        Assert.Equal("the zeppelin hangar", explain.GetProperty("query").GetString());
        Assert.Contains("hangar", explain.GetProperty("terms").EnumerateArray().Select(term => term.GetString()));
        var hits = explain.GetProperty("hits").EnumerateArray().ToList();
        Assert.Equal("threadId position rank score signals", Reply.Shape(hits[0]));
        Assert.Equal("lexical lexicalRank", Reply.Shape(hits[0].GetProperty("signals")));
        Assert.Equal((10, 1), (hits[0].GetProperty("position").GetInt32(), hits[0].GetProperty("rank").GetInt32()));
        Assert.Equal(hits.Select(hit => hit.GetProperty("score").GetDouble()).OrderDescending(), hits.Select(hit => hit.GetProperty("score").GetDouble()));
        Assert.Equal("append embed search read select", Reply.Shape(explain.GetProperty("timingsMs")));
    }

    [Fact]
    public async Task A_half_pair_in_a_filter_or_in_metadata_breaks_nothing()
    {
        var thread = await api.NewThreadAsync(resource);
        var stored = await api.PostAsync($"/v1/threads/{thread}/messages", """{"messages":[{"role":"user","content":"otter \ud800","metadata":{"topic":"\ud800"}},{"role":"user","content":"otter","metadata":{"topic":"x"}}]}""");
        stored.Is(201);
        foreach (var value in new[] { "\"\\ud800\"", "\"x\"", """{"gt":"a"}""", """{"lt":"\udc00"}""", """{"in":["\ud800","x"]}""" })
        {
            var reply = await api.PostAsync($"/v1/threads/{thread}/recall", $$$$$$"""{"query":"otter","semanticRecall":{"filter":{"metadata":{"topic":{{{{{{value}}}}}}}}}}""");
            Assert.True(reply.Status is 200 or 400, $"{value}: {reply.Status} {reply.Body}");
        }
    }
}
