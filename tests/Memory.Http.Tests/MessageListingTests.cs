namespace Memory.Http.Tests;

public sealed class MessageListingTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Fact]
    public async Task The_last_messages_come_in_order()
    {
        var thread = await api.NewThreadAsync(resource, [.. Enumerable.Range(1, 10).Select(i => $"m{i}")]);
        var last = (await ListAsync(thread, "?last=3")).Is(200);
        Assert.Equal("items nextCursor", Reply.Shape(last.Json));
        Assert.Equal(["8", "9", "10"], last.All("items", "position"));
        Assert.Equal("id threadId position role content createdAt", Reply.Shape(last.Items().First()));
        Assert.Equal(10, (await ListAsync(thread, "?last=1000")).Is(200).Items().Count());
    }

    [Theory]
    [InlineData("asc")]
    [InlineData("desc")]
    public async Task A_walk_meets_every_message_once_while_others_are_added(string direction)
    {
        var thread = await api.NewThreadAsync(resource, [.. Enumerable.Range(1, 23).Select(i => $"m{i}")]);
        List<string?> met = [];
        var cursor = "";
        var pages = 0;
        do
        {
            var page = (await ListAsync(thread, $"?limit=5&direction={direction}{cursor}")).Is(200);
            met.AddRange(page.All("items", "position"));
            var next = page.Json.GetProperty("nextCursor").GetString();
            cursor = next is null ? "" : $"&cursor={Api.Escape(next)}";
            if (pages++ < 3)
            {
                await api.AppendAsync(thread, "added meanwhile");
            }
        }
        while (cursor.Length > 0);
        var expected = direction == "asc" ? Enumerable.Range(1, 26) : Enumerable.Range(1, 23).Reverse();
        Assert.Equal(expected, met.Select(position => int.Parse(position!, System.Globalization.CultureInfo.InvariantCulture)));
    }

    [Fact]
    public async Task Fifty_come_ascending_unless_asked_otherwise()
    {
        var thread = await api.NewThreadAsync(resource, [.. Enumerable.Range(1, 51).Select(i => $"m{i}")]);
        var page = (await ListAsync(thread, "")).Is(200);
        Assert.Equal(Enumerable.Range(1, 50), page.Items().Select(item => item.GetProperty("position").GetInt32()));
        Assert.NotNull(page.Json.GetProperty("nextCursor").GetString());
    }

    [Fact]
    public async Task Role_and_time_narrow_the_listing_and_its_pages()
    {
        var thread = await api.NewThreadAsync(resource);
        string[] roles = ["system", "developer", "user", "assistant", "tool"];
        var messages = Enumerable.Range(0, 20).Select(i => $$"""{"role":"{{roles[i % 5]}}","content":"c","createdAt":"2030-01-01T00:00:{{i:00}}Z"}""");
        await api.PostAsync($"/v1/threads/{thread}/messages", $$"""{"messages":[{{string.Join(',', messages)}}]}""");
        Assert.Equal(["3", "8", "13", "18"], (await ListAsync(thread, "?role=user")).Is(200).All("items", "position"));
        Assert.Equal(["3", "4", "8", "9"], (await ListAsync(thread, "?role=user,assistant&limit=4")).Is(200).All("items", "position"));
        Assert.Equal(["1", "5"], (await ListAsync(thread, "?role=system&role=tool&limit=2")).Is(200).All("items", "position"));
        Assert.Equal(["11", "12", "13"], (await ListAsync(thread, "?from=2030-01-01T00:00:10Z&to=2030-01-01T01:00:12%2B01:00")).Is(200).All("items", "position"));
        var first = (await ListAsync(thread, "?role=user&limit=3&direction=desc")).Is(200);
        Assert.Equal(["18", "13", "8"], first.All("items", "position"));
        var second = (await ListAsync(thread, $"?role=user&limit=3&direction=desc&cursor={Api.Escape(first.Json.GetProperty("nextCursor").GetString()!)}")).Is(200);
        Assert.Equal(["3"], second.All("items", "position"));
        Assert.Null(second.Json.GetProperty("nextCursor").GetString());
    }

    [Fact]
    public async Task What_does_not_go_together_or_is_out_of_range_is_refused()
    {
        var thread = await api.NewThreadAsync(resource, "x");
        (await ListAsync(thread, "?last=1&limit=1")).IsInvalid("last");
        (await ListAsync(thread, "?last=0")).IsInvalid("last");
        (await ListAsync(thread, "?limit=1001&direction=up&from=today&role=robot&page=2")).IsInvalid("limit", "direction", "from", "role", "page");
        (await ListAsync(Api.NewId("ghost"), "?last=1")).IsProblem(404, "thread_not_found");
        (await ListAsync(Api.NewId("ghost"), "")).IsProblem(404, "thread_not_found");
    }

    [Fact]
    public async Task A_forged_cursor_shows_no_other_threads_messages()
    {
        await api.NewThreadAsync(resource, "neighbour before");
        var thread = await api.NewThreadAsync(resource, "mine");
        await api.NewThreadAsync(resource, "neighbour after");
        foreach (var direction in new[] { "asc", "desc" })
        {
            foreach (var position in new[] { "-1", "-100000000000", "1000000000", "100000000000000", "268435456" })
            {
                var cursor = Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"messages {direction}\n{position}")).TrimEnd('=').Replace('+', '-').Replace('/', '_');
                var reply = await ListAsync(thread, $"?direction={direction}&cursor={cursor}");
                Assert.True(reply.Status is 200 or 400, reply.Body);
                Assert.DoesNotContain("neighbour", reply.Body, StringComparison.Ordinal);
            }
        }
    }

    private Task<Reply> ListAsync(string thread, string query) => api.GetAsync($"/v1/threads/{thread}/messages{query}");
}
