using Memory.Fakes;

namespace Memory.Cli.Tests;

/// <summary><c>eval</c> on folders of a test's own.</summary>
public sealed class EvalTests : IDisposable
{
    private const string Messages =
        """
        {"resourceId": "r", "threadId": "a", "id": "m1", "role": "user", "name": "Ada", "content": "I am allergic to peanuts."}
        {"resourceId": "r", "threadId": "a", "id": "m2", "role": "assistant", "content": "Noted.", "createdAt": "2030-01-31T09:00:00Z"}

        {"resourceId": "r", "threadId": "b", "id": "m3", "role": "user", "content": "My sister Eva visits in March.", "more": 1}
        """;

    private const string Questions =
        """
        {"resourceId": "r", "threadId": "b", "question": "When does Eva visit?", "gold": ["m3"]}
        {"resourceId": "r", "question": "What about peanuts?", "gold": ["m1"], "kind": "food"}
        {"resourceId": "r", "question": "Which bicycle is faster?", "gold": ["m2"]}
        """;

    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task It_scores_by_scope_and_kind_and_leaves_nothing()
    {
        Write(Messages, Questions);
        var result = (await cli.RunAsync("eval", ".", "--json")).Expect(0).Json;
        var resource = result.GetProperty("resource");
        Assert.Equal((3, 3, "none"), (result.GetProperty("messages").GetInt32(), result.GetProperty("questions").GetInt32(), result.GetProperty("embedder").GetString()));
        Assert.Equal((0.6667, 0.6667), (resource.GetProperty("all").GetProperty("hit@10").GetDouble(), resource.GetProperty("all").GetProperty("mrr").GetDouble()));
        Assert.Equal(["food", "when", "which"], resource.GetProperty("kinds").EnumerateObject().Select(kind => kind.Name));
        Assert.Equal(0, resource.GetProperty("kinds").GetProperty("which").GetProperty("hit@10").GetDouble());
        Assert.Equal((1, 1.0), (result.GetProperty("thread").GetProperty("all").GetProperty("questions").GetInt32(), result.GetProperty("thread").GetProperty("all").GetProperty("hit@1").GetDouble()));
        Assert.True(resource.GetProperty("p95Ms").GetDouble() >= resource.GetProperty("p50Ms").GetDouble());
        Assert.Equal(2, Directory.GetFileSystemEntries(cli.Folder).Length);

        Assert.Contains("HIT@10", (await cli.RunAsync("eval", ".", "--min-hit10", "0.6")).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("below --min-hit10 0.7", (await cli.RunAsync("eval", ".", "--min-hit10", "0.7")).Expect(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task With_an_embedder_every_message_has_its_vector_before_the_first_question()
    {
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = 64 });
        cli.Variables["Memory__Embedding__Provider"] = "openai";
        cli.Variables["Memory__Embedding__OpenAI__Url"] = $"{embedder.Url}/v1";
        cli.Variables["Memory__Embedding__OpenAI__Dimensions"] = "64";
        cli.Variables["OPENAI_API_KEY"] = embedder.Key.Length > 0 ? embedder.Key : "any";
        Write(Messages, Questions);
        var run = (await cli.RunAsync("eval", ".", "--json")).Expect(0);
        Assert.Equal("", run.Error);
        Assert.Equal((0, "openai"), (run.Json.GetProperty("resource").GetProperty("withoutVector").GetInt32(), run.Json.GetProperty("embedder").GetString()));
        Assert.Contains("Ada: I am allergic to peanuts.", embedder.TextsEmbedded.Keys);
        Assert.Contains("What about peanuts?", embedder.TextsEmbedded.Keys);
    }

    [Fact]
    public async Task In_a_backend_that_is_named_it_erases_what_it_loaded()
    {
        await Seed.ConversationsAsync(new Dictionary<string, string> { ["LIBSQL_URL"] = $"file:{cli.File("m.db")}" });
        Write(Messages, Questions);
        (await cli.RunAsync("eval", ".", "--url", "file:m.db")).Expect(0);
        Assert.Equal(["ada", "bob"], (await cli.RunAsync("resources", "list", "--url", "file:m.db", "--json")).JsonLines.Select(line => line.GetProperty("id").GetString()));
    }

    [Theory]
    [InlineData("""{"resourceId": "r", "threadId": "a", "id": "m9", "role": "user"}""", "messages.jsonl, line 5: ", "content")]
    [InlineData("""{"resourceId": "r", "threadId": "a", "id": "m9", "role": "robot", "content": "x"}""", "messages.jsonl, line 5: ", "role must be one of")]
    [InlineData("""{"resourceId": "r", "threadId": "a", "id": "m1", "role": "user", "content": "x"}""", "messages.jsonl, line 5: ", "'m1' already")]
    [InlineData("""{"resourceId": "s", "threadId": "a", "id": "m9", "role": "user", "content": "x"}""", "messages.jsonl, line 5: ", "belongs to resource 'r'")]
    [InlineData("""{"resourceId": "r", "threadId": "a", "id": "m9", "role": "user", "content": "x", "createdAt": "yesterday"}""", "messages.jsonl, line 5: ", "RFC 3339")]
    [InlineData("not json", "messages.jsonl, line 5: ", "is not what it must be")]
    public async Task A_wrong_message_is_named_by_file_and_line(string line, string place, string problem)
    {
        Write($"{Messages}\n{line}", Questions);
        await FailsAsync(place, problem);
    }

    [Theory]
    [InlineData("""{"resourceId": "r", "question": "Who?", "gold": ["m8"]}""", "'m8'")]
    [InlineData("""{"resourceId": "r", "question": "Who?", "gold": []}""", "at least one")]
    [InlineData("""{"resourceId": "r", "question": "Who?"}""", "gold")]
    [InlineData("""{"resourceId": "r", "threadId": "z", "question": "Who?", "gold": ["m1"]}""", "no thread 'z'")]
    [InlineData("""{"resourceId": "r", "question": " ", "gold": ["m1"]}""", "must say something")]
    public async Task A_wrong_question_is_named_by_file_and_line(string line, string problem)
    {
        Write(Messages, $"{Questions}\n{line}");
        await FailsAsync("questions.jsonl, line 4: ", problem);
    }

    private async Task FailsAsync(string place, string problem)
    {
        var run = (await cli.RunAsync("eval", ".", "--json")).Expect(1);
        Assert.Contains(place, run.Error, StringComparison.Ordinal);
        Assert.Contains(problem, run.Error, StringComparison.Ordinal);
        Assert.Equal("", run.Output);
    }

    private void Write(string messages, string questions)
    {
        File.WriteAllText(cli.File("messages.jsonl"), messages);
        File.WriteAllText(cli.File("questions.jsonl"), questions);
    }
}
