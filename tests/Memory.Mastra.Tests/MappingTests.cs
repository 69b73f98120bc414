using System.Globalization;
using System.Text.Json.Nodes;
using Memory.Core;

namespace Memory.Mastra.Tests;

/// <summary>What becomes of the rows that Mastra's own packages wrote, wherever they are.</summary>
public abstract class MappingTests
{
    [Fact]
    public async Task Every_resource_is_followed_by_its_threads_and_every_thread_by_its_messages()
    {
        var records = await ReadAsync();
        string? resource = null;
        ThreadRecord? thread = null;
        List<string> resources = [], threads = [];
        long position = 0, messages = 0;
        foreach (var record in records.All)
        {
            switch (record)
            {
                case ArchivedResource next:
                    Assert.Equal(thread?.LastPosition ?? 0, position);
                    (resource, thread, position) = (next.Resource.Id, null, 0);
                    resources.Add(resource);
                    break;
                case ArchivedThread next:
                    Assert.Equal(resource, next.Thread.ResourceId);
                    Assert.Equal(thread?.LastPosition ?? 0, position);
                    Assert.True(thread is null || thread.CreatedAt <= next.Thread.CreatedAt);
                    (thread, position) = (next.Thread, 0);
                    threads.Add(thread.Id);
                    break;
                case ArchivedMessage next:
                    Assert.Equal(thread?.Id, next.Message.ThreadId);
                    Assert.Equal(++position, next.Message.Position);
                    messages++;
                    break;
                default:
                    break;
            }
        }

        Assert.Equal(resources.Distinct(), resources);
        Assert.Equal(threads.Distinct(), threads);
        Assert.Equal(new ArchiveEnd(threads.Count, messages), records.All[^1]);
        Assert.Equal(135, threads.Count);
        Assert.Equal(155, messages);
    }

    [Fact]
    public async Task A_thread_keeps_its_title_its_metadata_and_its_times()
    {
        var thread = (await ReadAsync()).Thread("kitchen").Thread;
        Assert.Equal("ada", thread.ResourceId);
        Assert.Equal("Küche 🍳", thread.Title);
        AssertJson("""{"mood": "good", "nested": {"list": [1, 2.5, null, "x"]}}""", thread.Metadata);
        Assert.Equal(Time("2030-01-31T09:00:00.123Z"), thread.CreatedAt);
        Assert.Equal(Time("2030-01-31T09:00:00.123Z"), thread.UpdatedAt);
        Assert.Equal((4, 4), (thread.LastPosition, thread.MessageCount));
        Assert.Equal(thread.UpdatedAt.ToUnixMicroseconds(), thread.Version);
    }

    [Fact]
    public async Task An_empty_title_is_none()
    {
        Assert.Null((await ReadAsync()).Thread("ties").Thread.Title);
    }

    [Fact]
    public async Task A_message_of_one_text_is_that_text_to_the_letter()
    {
        var records = await ReadAsync();
        var first = records.Message("kitchen", "k1");
        Assert.Equal("\"I am allergic to peanuts, remember that. 🥜\"", first.Content.Json.Text);
        Assert.Equal(MessageRole.User, first.Role);
        Assert.Equal(Time("2030-01-31T09:00:01Z"), first.CreatedAt);
        Assert.Null(first.Metadata);
        Assert.Null(first.Name);
        Assert.Equal("""
            "a quote \", a backslash \\, a line\nfeed, half a pair \ud83d, a nul \u0000, 東京"
            """, records.Message("kitchen", "k4").Content.Json.Text);
    }

    [Fact]
    public async Task A_message_carries_its_fingerprint_its_first_revision_and_no_vectors()
    {
        var message = Assert.Single((await ReadAsync()).All.OfType<ArchivedMessage>(), record => record.Message.Id == "k3");
        Assert.Equal(MessageFingerprint.Of(MessageRole.User, null, MessageContent.FromText("Tagged."), new RawJson("""{"weight":3,"topic":"food"}""")), message.Stored.Fingerprint.ToArray());
        Assert.Equal(1, message.Stored.Revision);
        Assert.Null(message.Vectors);
        Assert.Equal("""{"topic":"food","weight":3}""", message.Message.Metadata?.Text);
    }

    [Fact]
    public async Task Parts_of_other_kinds_stay_as_they_are()
    {
        var records = await ReadAsync();
        Assert.Equal("""[{"type":"step-start"},{"type":"text","text":"Noted."}]""", records.Message("kitchen", "k2").Content.Json.Text);
        var picture = JsonNode.Parse(records.Message("travel", "t1").Content.Json.Text)![1]!; // an array of two
        Assert.Equal("file", (string?)picture["type"]);
        Assert.StartsWith("data:image/png;base64,", (string?)picture["data"], StringComparison.Ordinal);
        Assert.StartsWith("""[{"type":"reasoning","reasoning":"kept beside the parts"},{"type":"data-progress","data":{"done":0.5}}]""", records.Message("travel", "t5").Content.Json.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_tools_invocation_becomes_a_call_and_its_result_in_the_same_message()
    {
        var message = (await ReadAsync()).Message("travel", "t2");
        Assert.Equal(["call-1"], message.Content.ToolCalls());
        Assert.Equal(["call-1"], message.Content.ToolResults());
        Assert.Equal(
            "[" + string.Join(',',
                """{"type":"step-start"}""",
                """{"type":"reasoning","reasoning":"It is a picture.","details":[{"type":"text","text":"It is a picture."}]}""",
                """{"type":"tool-call","toolCallId":"call-1","toolName":"lookUp","step":0,"args":{"id":7,"deep":{"a":[true]}},"providerMetadata":{"openai":{"itemId":"i1"}}}""",
                """{"type":"tool-result","toolCallId":"call-1","toolName":"lookUp","result":{"name":"dot","size":1.5}}""",
                """{"type":"step-start"}""",
                """{"type":"text","text":"A dot.","providerMetadata":{"openai":{"itemId":"i2"}}}""",
                """{"type":"source","source":{"sourceType":"url","id":"s1","url":"https://example.org/dot","title":"Dots"}}""") + "]",
            message.Content.Json.Text);
    }

    [Fact]
    public async Task A_call_that_waits_has_no_result_and_one_that_failed_or_was_denied_has_its_reason()
    {
        var message = (await ReadAsync()).Message("travel", "t3");
        Assert.Equal(["call-2", "call-3", "call-4", "call-5"], message.Content.ToolCalls());
        Assert.Equal(["call-3", "call-4", "call-5"], message.Content.ToolResults());
        Assert.Contains("""{"type":"tool-result","toolCallId":"call-3","toolName":"book","result":"no seats","isError":true}""", message.Content.Json.Text, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool-result","toolCallId":"call-4","toolName":"pay","result":"too much","isError":true}""", message.Content.Json.Text, StringComparison.Ordinal);
        Assert.Contains("""{"type":"tool-result","toolCallId":"call-5","toolName":"void","result":null,"isError":true}""", message.Content.Json.Text, StringComparison.Ordinal);
        Assert.Contains("\"approval\":{\"id\":\"a1\",\"approved\":false,\"reason\":\"too much\"}", message.Content.Json.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_oldest_versions_kept_beside_the_parts_becomes_parts()
    {
        var records = await ReadAsync();
        Assert.Equal("""[{"type":"text","text":"And these?"},{"type":"file","mimeType":"application/pdf","filename":"menu.pdf","data":"https://example.org/menu.pdf"}]""", records.Message("travel", "t4").Content.Json.Text);
        Assert.Equal(
            """[{"type":"tool-call","toolCallId":"call-6","toolName":"old","args":[]},{"type":"tool-result","toolCallId":"call-6","toolName":"old","result":"x"},{"type":"text","text":"only the old member"}]""",
            records.Message("travel", "t6").Content.Json.Text);
    }

    [Fact]
    public async Task What_has_no_place_of_its_own_is_kept_in_the_metadata()
    {
        var records = await ReadAsync();
        Assert.Equal("""{"mastraMessage":{"annotations":[{"a":1}]}}""", records.Message("travel", "t4").Metadata?.Text);
        Assert.Equal("""{"mastraMessage":{"providerMetadata":{"openai":{"responseId":"r1"}}}}""", records.Message("travel", "t5").Metadata?.Text);
    }

    [Fact]
    public async Task Older_rows_keep_their_text_their_parts_and_their_roles()
    {
        var records = await ReadAsync();
        Assert.Equal(
            ["plain words", "let me see", "", "found", "be kind", "meanwhile", "42", """{"no": "format"}""", "[1, 2]"],
            records.Messages("old").Select(message => message.Content.Text));
        Assert.Equal(
            [MessageRole.User, MessageRole.Assistant, MessageRole.Tool, MessageRole.Assistant, MessageRole.System, MessageRole.User, MessageRole.User, MessageRole.User, MessageRole.User],
            records.Messages("old").Select(message => message.Role));
        Assert.Equal("""{"mastraMessage":{"role":"narrator"}}""", records.Message("old", "o6").Metadata?.Text);
        Assert.Equal(["old-1"], records.Message("old", "o2").Content.ToolCalls());
        Assert.Equal("""[{"type":"tool-result","toolCallId":"old-1","toolName":"find","result":[1,2]}]""", records.Message("old", "o3").Content.Json.Text);
        Assert.Equal("\"found\"", records.Message("old", "o4").Content.Json.Text);
    }

    [Fact]
    public async Task A_signal_is_the_users_and_its_metadata_say_what_it_was()
    {
        var messages = (await ReadAsync()).Messages("signals").ToArray();
        Assert.Equal(["typed while it was working", "be brief", "a parcel came"], messages.Select(message => message.Content.Text));
        Assert.All(messages, message => Assert.Equal(MessageRole.User, message.Role));
        AssertJson(
            """
            {"signal": {"id": "s2", "type": "reactive", "tagName": "system-reminder", "createdAt": "2030-07-02T00:00:02.000Z", "attributes": {"level": "high"}},
             "mastraMessage": {"role": "signal", "type": "system-reminder"}}
            """, messages[1].Metadata);
    }

    [Fact]
    public async Task Working_memory_of_a_resource_is_its_document()
    {
        var records = await ReadAsync();
        var updatedAt = Time("2030-01-31T09:05:00Z");
        Assert.Equal(
            new ArchivedResource(
                new ResourceRecord("ada", Time("2030-01-31T09:00:00.123Z")), new WorkingMemoryDocument(false, "# User\n- **Allergy**: peanuts\n", updatedAt.ToUnixMicroseconds(), updatedAt), null),
            records.Resource("ada"));
        Assert.Equal(new WorkingMemoryDocument(true, """{"tier":"gold"}""", Time("2030-03-03T00:00:00Z").ToUnixMicroseconds(), Time("2030-03-03T00:00:00Z")), records.Resource("carol").WorkingMemory);
        Assert.Null(records.Resource("dave").WorkingMemory);
        Assert.Null(records.Resource("erin").WorkingMemory);
        Assert.Equal(Time("2030-04-01T00:00:00Z"), records.Resource("erin").Resource.CreatedAt);
    }

    [Fact]
    public async Task Working_memory_of_a_thread_is_its_document_and_no_longer_in_its_metadata()
    {
        var records = await ReadAsync();
        var notes = records.Thread("notes");
        Assert.Equal(new WorkingMemoryDocument(false, "remember the milk", Time("2030-03-01T00:01:00Z").ToUnixMicroseconds(), Time("2030-03-01T00:01:00Z")), notes.WorkingMemory);
        Assert.Equal("""{"colour":"red"}""", notes.Thread.Metadata?.Text);
        var profile = records.Thread("profile");
        Assert.Equal((true, """{"name":"Bob","langs":["de","fr"]}"""), (profile.WorkingMemory?.IsJson, profile.WorkingMemory?.Text));
        Assert.Null(profile.Thread.Metadata);
        Assert.Null(records.Thread("old").WorkingMemory);
        Assert.Equal("""{"kept":true}""", records.Thread("old").Thread.Metadata?.Text);
        Assert.Null(records.Thread("kitchen").WorkingMemory);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData("it's \"quoted\"")]
    [InlineData("a/b#c*d?e=f%20")]
    [InlineData("東京-🍣")]
    public async Task An_id_that_may_be_one_stays(string id)
    {
        var records = await ReadAsync();
        Assert.Equal($"resource {id}", records.Thread($"thread {id}").Thread.ResourceId);
        Assert.Equal($"message {id}", Assert.Single(records.Messages($"thread {id}")).Id);
    }

    [Theory]
    [InlineData("line\nfeed", 1, 4)]
    [InlineData("x", 300, 5)]
    public async Task An_id_that_may_not_be_one_is_replaced_by_one_made_of_it(string word, int times, int index)
    {
        var id = string.Concat(Enumerable.Repeat(word, times));
        var thread = Assert.Single((await ReadAsync()).All.OfType<ArchivedThread>(), record => record.Thread.Title == id).Thread;
        var message = Assert.Single((await ReadAsync()).Messages(thread.Id));
        Assert.Equal($"under an id like {index}", message.Content.Text);
        string[] ids = [thread.ResourceId, thread.Id, message.Id];
        Assert.Equal(new[] { "resource", "thread", "message" }.Select(kind =>
            $"mastra-{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes($"{kind} {id}")))[..32]}"), ids);
        Assert.All(ids, made => Assert.True(Identifier.IsValid(made)));
    }

    [Fact]
    public async Task A_thread_of_nobody_has_a_resource_and_its_messages_are_that_resources()
    {
        var records = await ReadAsync();
        Assert.Equal("mastra-nobody", records.Thread("nobody").Thread.ResourceId);
        Assert.Equal("whose am I?", Assert.Single(records.Messages("nobody")).Content.Text);
        Assert.DoesNotContain(records.All.OfType<ArchivedResource>(), record => record.Resource.Id == "somebody");
    }

    [Fact]
    public async Task Messages_of_the_same_time_keep_one_order()
    {
        var records = await ReadAsync();
        Assert.Equal(["tie-a", "tie-b", "tie-c"], records.Messages("ties").Select(message => message.Id));
        Assert.Equal(OrderOfTies, records.Messages("ties-unordered").Select(message => message.Id));
    }

    [Fact]
    public async Task What_was_changed_or_left_out_is_counted()
    {
        Assert.Equal(
            new Dictionary<string, long>
            {
                [MastraNotes.IdsReplaced] = 6,
                [MastraNotes.ThreadsOfNobody] = 1,
                [MastraNotes.OtherResource] = 1,
                [MastraNotes.MessagesWithoutThread] = 1,
                [MastraNotes.Signals] = 3,
                [MastraNotes.UnknownRoles] = 1,
                [MastraNotes.ContentAsText] = 3,
                [MastraNotes.ResourceMetadata] = 1,
            },
            (await ReadAsync()).Notes);
    }

    private protected abstract IEnumerable<string> OrderOfTies { get; }

    private protected abstract Task<Records> ReadAsync();

    private static void AssertJson(string expected, RawJson? actual) => Assert.True(JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(actual?.Text ?? "null")), actual?.Text);

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
