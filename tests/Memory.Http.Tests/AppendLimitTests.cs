using System.Text;

namespace Memory.Http.Tests;

public sealed class AppendLimitTests(Api api) : IClassFixture<Api>
{
    private const int MaxBytes = 4 * 1024 * 1024;
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task A_thousand_messages_are_taken_and_one_more_is_not()
    {
        var thread = await api.NewThreadAsync(resource);
        (await api.PostAsync($"/v1/threads/{thread}/messages", Messages(1_001))).IsProblem(413, "payload_too_large");
        Assert.Equal(0, (await api.GetAsync($"/v1/threads/{thread}")).Json.GetProperty("messageCount").GetInt32());
        Assert.Equal(1_000, (await api.PostAsync($"/v1/threads/{thread}/messages", Messages(1_000))).Is(201).Items("messages").Count());
        (await api.PostAsync($"/v1/threads/{thread}/recall", $$"""{"append":{{Messages(1_001)}}}""")).IsProblem(413, "payload_too_large");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Four_mebibytes_are_taken_and_one_byte_more_is_not(bool isChunked)
    {
        var thread = await api.NewThreadAsync(resource);
        (await SendAsync(thread, MaxBytes + 1, isChunked)).IsProblem(413, "payload_too_large");
        Assert.Equal(0, (await api.GetAsync($"/v1/threads/{thread}")).Json.GetProperty("messageCount").GetInt32());
        (await SendAsync(thread, MaxBytes, isChunked)).Is(201);
    }

    private static string Messages(int count) =>
        $$"""{"messages":[{{string.Join(',', Enumerable.Range(1, count).Select(i => $$"""{"role":"user","content":"{{i}}"}"""))}}]}""";

    private Task<Reply> SendAsync(string thread, int bytes, bool isChunked)
    {
        const string start = "{\"messages\":[{\"role\":\"user\",\"content\":\"", end = "\"}]}";
        var body = Encoding.UTF8.GetBytes($"{start}{new string('x', bytes - start.Length - end.Length)}{end}");
        HttpContent content = isChunked ? new StreamContent(new Unseekable(body)) : new ByteArrayContent(body);
        return api.SendAsync("POST", $"/v1/threads/{thread}/messages", content, Api.Json);
    }
}
