namespace Memory.Http.Tests;

public sealed class ThreadListingTests(Api api) : IClassFixture<Api>
{
    private readonly string resource = Api.NewId("resource");

    [Theory]
    [InlineData("createdAt", "asc")]
    [InlineData("createdAt", "desc")]
    [InlineData("updatedAt", "asc")]
    [InlineData("updatedAt", "desc")]
    public async Task A_walk_meets_every_thread_once_while_others_are_added(string orderBy, string direction)
    {
        var before = new List<string>();
        for (var i = 0; i < 25; i++)
        {
            before.Add(await api.NewThreadAsync(resource));
        }

        List<string?> met = [];
        var cursor = "";
        do
        {
            var page = (await api.GetAsync($"/v1/threads?resourceId={resource}&limit=4&orderBy={orderBy}&direction={direction}{cursor}")).Is(200);
            Assert.Equal("items nextCursor", Reply.Shape(page.Json));
            Assert.InRange(page.Items().Count(), 1, 4);
            met.AddRange(page.All("items", "id"));
            var next = page.Json.GetProperty("nextCursor").GetString();
            cursor = next is null ? "" : $"&cursor={Api.Escape(next)}";
            if (met.Count < 25)
            {
                await api.NewThreadAsync(resource);
            }
        }
        while (cursor.Length > 0);

        Assert.Equal(met.Distinct(), met);
        var mine = met.Where(id => before.Contains(id!));
        Assert.Equal(direction == "asc" ? before : Enumerable.Reverse(before), mine);
    }

    [Fact]
    public async Task Twenty_threads_come_by_creation_unless_asked_otherwise()
    {
        var ids = new List<string>();
        for (var i = 0; i < 21; i++)
        {
            ids.Add(await api.NewThreadAsync(resource));
        }

        var page = (await api.GetAsync($"/v1/threads?resourceId={resource}")).Is(200);
        Assert.Equal(ids.Take(20), page.All("items", "id"));
        Assert.NotNull(page.Json.GetProperty("nextCursor").GetString());
        var rest = (await api.GetAsync($"/v1/threads?resourceId={resource}&cursor={Api.Escape(page.Json.GetProperty("nextCursor").GetString()!)}")).Is(200);
        Assert.Equal(ids.Skip(20), rest.All("items", "id"));
        Assert.Equal(System.Text.Json.JsonValueKind.Null, rest.Json.GetProperty("nextCursor").ValueKind);
    }

    [Fact]
    public async Task By_update_the_thread_that_got_a_message_comes_last()
    {
        var first = await api.NewThreadAsync(resource);
        var second = await api.NewThreadAsync(resource);
        await api.AppendAsync(first, "news");
        Assert.Equal([second, first], (await api.GetAsync($"/v1/threads?resourceId={resource}&orderBy=updatedAt")).Is(200).All("items", "id"));
        Assert.Equal([first, second], (await api.GetAsync($"/v1/threads?resourceId={resource}&orderBy=createdAt")).Is(200).All("items", "id"));
    }

    [Fact]
    public async Task An_unknown_resource_has_no_threads()
    {
        var page = (await api.GetAsync($"/v1/threads?resourceId={Api.NewId("nobody")}")).Is(200);
        Assert.Equal("""{"items":[],"nextCursor":null}""", page.Body);
    }

    [Fact]
    public async Task A_cursor_belongs_to_its_order_and_direction()
    {
        await api.NewThreadAsync(resource);
        await api.NewThreadAsync(resource);
        var cursor = (await api.GetAsync($"/v1/threads?resourceId={resource}&limit=1")).Is(200).Json.GetProperty("nextCursor").GetString()!;
        (await api.GetAsync($"/v1/threads?resourceId={resource}&direction=desc&cursor={Api.Escape(cursor)}")).IsInvalid("cursor");
        (await api.GetAsync($"/v1/threads?resourceId={resource}&orderBy=updatedAt&cursor={Api.Escape(cursor)}")).IsInvalid("cursor");
    }
}
