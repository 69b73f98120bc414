using System.Text.Json;

namespace Memory.Http.Tests;

public sealed class ResourceTests(Api api) : IClassFixture<Api>
{
    [Fact]
    public async Task Every_resource_is_listed_once_page_by_page()
    {
        var prefix = Api.NewId("list");
        for (var i = 0; i < 7; i++)
        {
            await api.NewThreadAsync($"{prefix}-{i}");
            await api.NewThreadAsync($"{prefix}-{i}");
        }

        (await api.PutAsync($"/v1/resources/{prefix}-7/working-memory", "only notes", "text/plain")).Is(200);
        List<string?> met = [];
        for (string? query = "?limit=3"; query is not null;)
        {
            var page = (await api.GetAsync($"/v1/resources{query}")).Is(200);
            Assert.Equal("items nextCursor", Reply.Shape(page.Json));
            Assert.All(page.Items(), item => Assert.Equal("id createdAt", Reply.Shape(item)));
            Assert.InRange(page.Items().Count(), 1, 3);
            met.AddRange(page.All("items", "id"));
            query = page.Json.GetProperty("nextCursor").GetString() is { } cursor ? $"?limit=3&cursor={Api.Escape(cursor)}" : null;
        }

        Assert.Equal(met.Distinct(), met);
        Assert.Equal(Enumerable.Range(0, 8).Select(i => $"{prefix}-{i}"), met.Where(id => id!.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task An_export_holds_everything_line_by_line_and_says_that_it_is_whole()
    {
        var resource = Api.NewId("resource");
        var first = await api.NewThreadAsync(resource, "one", "two");
        var second = await api.NewThreadAsync(resource, [.. Enumerable.Range(0, 600).Select(i => $"m{i}")]);
        var empty = await api.NewThreadAsync(resource);
        await api.PutAsync($"/v1/resources/{resource}/working-memory", """{"name":  "Ada"}""", Api.Json);
        await api.PutAsync($"/v1/threads/{first}/working-memory", "notes", "text/plain");

        var export = (await api.GetAsync($"/v1/resources/{resource}/export")).Is(200);
        Assert.Equal("application/x-ndjson", export.Header("Content-Type"));
        Assert.EndsWith("\n", export.Body, StringComparison.Ordinal);
        var lines = export.Body.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line)).ToList();
        Assert.Equal("type format id createdAt workingMemory", Reply.Shape(lines[0]));
        Assert.Equal(("resource", 1, resource), (lines[0].GetProperty("type").GetString(), lines[0].GetProperty("format").GetInt32(), lines[0].GetProperty("id").GetString()));
        Assert.Equal("json version updatedAt", Reply.Shape(lines[0].GetProperty("workingMemory")));
        Assert.Equal("""{"name":  "Ada"}""", lines[0].GetProperty("workingMemory").GetProperty("json").GetRawText());
        Assert.Equal("type thread version workingMemory", Reply.Shape(lines[1]));
        Assert.Equal("text version updatedAt", Reply.Shape(lines[1].GetProperty("workingMemory")));
        Assert.Equal([first, second, empty], lines.Where(line => Type(line) == "thread").Select(line => line.GetProperty("thread").GetProperty("id").GetString()!));
        Assert.Equal((await api.GetAsync($"/v1/threads/{first}")).Body, lines[1].GetProperty("thread").GetRawText());
        Assert.Equal((await api.GetAsync($"/v1/threads/{first}/messages")).Items().First().GetRawText(), lines[2].GetProperty("message").GetRawText());
        Assert.Equal(602, lines.Count(line => Type(line) == "message"));
        Assert.Equal("""{"type":"end","threads":3,"messages":602}""", lines[^1].GetRawText());
    }

    [Fact]
    public async Task The_export_of_nobody_is_empty_and_whole()
    {
        var nobody = Api.NewId("nobody");
        var export = (await api.GetAsync($"/v1/resources/{nobody}/export")).Is(200);
        Assert.Equal($$"""{"type":"resource","format":1,"id":"{{nobody}}"}{{"\n"}}{"type":"end","threads":0,"messages":0}{{"\n"}}""", export.Body);
    }

    [Fact]
    public async Task An_erasure_removes_everything_and_counts_it()
    {
        var (resource, bystander) = (Api.NewId("resource"), Api.NewId("bystander"));
        var first = await api.NewThreadAsync(resource, "the capybara bathes", "two");
        await api.NewThreadAsync(resource, [.. Enumerable.Range(0, 300).Select(i => $"m{i}")]);
        var other = await api.NewThreadAsync(bystander, "the capybara bathes");
        await api.PutAsync($"/v1/resources/{resource}/working-memory", "r", "text/plain");
        await api.PutAsync($"/v1/threads/{first}/working-memory", "t", "text/plain");
        var accepted = (await api.PostAsync($"/v1/threads/{first}/messages", """{"messages":[{"role":"user","content":"later"}]}""", ("Prefer", "respond-async"))).Is(202);
        await OperationTests.EndAsync(api, accepted.Header("Location")!);

        var erased = (await api.DeleteAsync($"/v1/resources/{resource}")).Is(200);
        Assert.Equal("""{"threads":2,"messages":303,"workingMemories":2,"operations":1,"leftovers":0}""", erased.Body);
        (await api.GetAsync($"/v1/threads/{first}")).IsProblem(404, "thread_not_found");
        (await api.GetAsync($"/v1/resources/{resource}/working-memory")).IsProblem(404, "working_memory_not_found");
        (await api.GetAsync(accepted.Header("Location")!)).IsProblem(404, "operation_not_found");
        Assert.Empty((await api.PostAsync($"/v1/resources/{resource}/recall", """{"query":"capybara"}""")).Is(200).Items("messages"));
        Assert.Empty((await api.GetAsync($"/v1/threads?resourceId={resource}")).Is(200).Items());
        Assert.Equal("""{"threads":0,"messages":0,"workingMemories":0,"operations":0,"leftovers":0}""", (await api.DeleteAsync($"/v1/resources/{resource}")).Is(200).Body);
        Assert.Equal([other], (await api.PostAsync($"/v1/resources/{bystander}/recall", """{"query":"capybara"}""")).Is(200).All("messages", "threadId"));
    }

    private static string? Type(JsonElement line) => line.GetProperty("type").GetString();
}
