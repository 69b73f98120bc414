using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using CsCheck;

namespace Memory.Core.Tests;

public sealed class ArchiveFormatTests
{
    private static readonly DateTimeOffset Then = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly EmbeddingSpace Space = new("model", 2);

    private static readonly Gen<string> Texts = Gen.OneOf("\"a\"", "\"a\\nb\"", "\"\\ud800 half\"", "\"日本 👩\u200d👧 \u2028\"", "[ ]", "[{\"type\" :\n\"text\",\r\n\"text\":\"x\"}]", "\"\"");

    [Fact]
    public Task What_is_written_is_read_again() => Gen.Select(Texts, Gen.Int[0, 4], Gen.Bool, Gen.Int[1, 3]).Array[0, 8].SampleAsync(async drafts =>
    {
        List<ArchiveRecord> records =
        [
            new ArchivedResource(new ResourceRecord("r/1", Then), new WorkingMemoryDocument(IsJson: true, """{"a":  1.50}""", 7, Then), Space),
            new ArchivedThread(Thread("t \"1\""), new WorkingMemoryDocument(IsJson: false, "line\nline", 8, Then)),
            .. drafts.Select((draft, i) => Message("t \"1\"", i + 1, draft.Item1, draft.Item4, draft.Item3 ? [.. Enumerable.Range(0, 2 * draft.Item2).Select(n => n / 3f)] : null)),
            new ArchivedResource(new ResourceRecord("s", default), null, null),
            new ArchiveEnd(1, drafts.Length),
        ];

        var read = await ReadAsync(await WriteAsync(records));

        Assert.Equal(records.Select(Describe), read.Select(Describe));
    }, iter: 200);

    [Fact]
    public async Task A_record_is_one_line_and_letters_stay_letters()
    {
        var text = await WriteAsync([new ArchivedThread(Thread("t"), null), Message("t", 1, "[{\"type\":\n\"text\",\r\n\"text\":\"Größe 日本\"}]", revision: 2, vectors: [0, 1])]);

        var lines = text.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        Assert.Contains("Größe 日本", lines[1], StringComparison.Ordinal);
        var message = JsonElement.Parse(lines[1]);
        Assert.Equal(["type", "message", "revision", "fingerprint", "vectors"], message.EnumerateObject().Select(member => member.Name));
        Assert.Equal("AAAAAAAAgD8=", message.GetProperty("vectors").GetString());
    }

    [Fact]
    public async Task A_time_to_live_is_written_when_there_is_one()
    {
        var text = await WriteAsync(
        [
            new ArchivedResource(new ResourceRecord("r/1", Then), null, null), new ArchivedThread(Thread("t") with { TimeToLive = TimeSpan.FromDays(90) }, null), new ArchivedThread(Thread("u"), null),
            new ArchiveEnd(2, 0),
        ]);

        var lines = text.Split('\n');
        Assert.Equal(7_776_000, JsonElement.Parse(lines[1]).GetProperty("thread").GetProperty("ttlSeconds").GetInt64());
        Assert.False(JsonElement.Parse(lines[2]).GetProperty("thread").TryGetProperty("ttlSeconds", out _));
        Assert.Equal([TimeSpan.FromDays(90), null], (await ReadAsync(text)).OfType<ArchivedThread>().Select(archived => archived.Thread.TimeToLive));
    }

    [Fact]
    public async Task A_long_line_in_small_pieces_is_read()
    {
        var text = await WriteAsync([new ArchivedResource(new ResourceRecord("r", Then), null, null), new ArchivedThread(Thread("t") with { ResourceId = "r" }, null),
            Message("t", 1, $"\"{new string('x', 300_000)}\""), new ArchiveEnd(1, 1)]);

        var records = await ReadAsync(text, pieceBytes: 777);

        Assert.Equal(300_000, Assert.Single(records.OfType<ArchivedMessage>()).Message.Content.Text.Length);
    }

    [Theory]
    [InlineData("""{"type":"resource","format":2,"id":"r"}""", "Line 1", "format 2")]
    [InlineData("""{"type":"resource","format":1}""", "Line 1", " id ")]
    [InlineData("""{"type":"rumour"}""", "Line 1", "rumour")]
    [InlineData("{\"type\":", "Line 1", "not JSON")]
    [InlineData("""{"id":"r"}""", "Line 1", "type")]
    [InlineData("{R}\n{\"type\":\"thread\"}", "Line 2", "no thread")]
    [InlineData("{R}\n{\"type\":\"thread\",\"thread\":{\"id\":\"t\"}}", "Line 2", "$.thread")]
    [InlineData("{R}\n{T:other}", "Line 2", "resource 'other'")]
    [InlineData("{T:r}", "Line 1", "resource 'r'")]
    [InlineData("{R}\n{L:0}", "Line 2", "thread.ttlSeconds")]
    [InlineData("{R}\n{L:-60}", "Line 2", "thread.ttlSeconds")]
    [InlineData("{R}\n{L:9223372036854775807}", "Line 2", "thread.ttlSeconds")]
    [InlineData("{R}\n{L:1.5}", "Line 2", "$.thread.ttlSeconds")]
    [InlineData("{R}\n{T:r}\n{M:u:1:user}", "Line 3", "thread 'u'")]
    [InlineData("{R}\n{T:r}\n{M:t:0:user}", "Line 3", "position")]
    [InlineData("{R}\n{T:r}\n{M:t:1:queen}", "Line 3", "role 'queen'")]
    [InlineData("{R}\n{T:r}\n\n{M:t:x:user}", "Line 4", "$.message.position")]
    [InlineData("{R}\n{T:r}\n{M:t:1:user}", "after line 3", "cut short")]
    [InlineData("", "after line 0", "cut short")]
    public async Task What_is_wrong_is_named_with_its_line(string text, string line, string problem)
    {
        text = text.Replace("{R}", """{"type":"resource","format":1,"id":"r"}""", StringComparison.Ordinal);
        text = System.Text.RegularExpressions.Regex.Replace(text, @"\{T:(\w+)\}", """{"type":"thread","thread":{"id":"t","resourceId":"$1","createdAt":"2030-01-01T00:00:00Z","updatedAt":"2030-01-01T00:00:00Z","lastPosition":1,"messageCount":1}}""");
        text = System.Text.RegularExpressions.Regex.Replace(text, @"\{L:([-.\d]+)\}", """{"type":"thread","thread":{"id":"t","resourceId":"r","ttlSeconds":$1,"createdAt":"2030-01-01T00:00:00Z","updatedAt":"2030-01-01T00:00:00Z","lastPosition":1,"messageCount":1}}""");
        text = System.Text.RegularExpressions.Regex.Replace(text, @"\{M:(\w+):(\w+):(\w+)\}", match =>
            $$$"""{"type":"message","message":{"id":"m","threadId":"{{{match.Groups[1]}}}","position":{{{(match.Groups[2].Value == "x" ? "\"x\"" : match.Groups[2].Value)}}},"role":"{{{match.Groups[3]}}}","content":"x","createdAt":"2030-01-01T00:00:00Z"}}""");

        var refused = await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(text));

        Assert.Equal(ErrorCode.InvalidRequest, refused.Code);
        Assert.Contains(line, refused.Message, StringComparison.Ordinal);
        Assert.Contains(problem, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Vectors_of_a_wrong_length_are_refused()
    {
        var text = await WriteAsync([new ArchivedResource(new ResourceRecord("r", Then), null, Space), new ArchivedThread(Thread("t") with { ResourceId = "r" }, null), Message("t", 1, "\"x\"", vectors: [1, 2, 3])]);

        Assert.Contains("Line 3 of the archive has vectors", (await Assert.ThrowsAsync<RefusedException>(() => ReadAsync(text))).Message, StringComparison.Ordinal);
    }

    private static ThreadRecord Thread(string id) => new()
    {
        Id = id,
        ResourceId = "r/1",
        Title = "A title",
        Metadata = new RawJson("""{"n": 1.0}"""),
        CreatedAt = Then,
        UpdatedAt = Then.AddMinutes(1),
        LastPosition = 9,
        MessageCount = 5,
        Version = 12345,
    };

    private static ArchivedMessage Message(string threadId, long position, string content, long revision = 1, float[]? vectors = null)
    {
        var message = new Message
        {
            ThreadId = threadId,
            Id = $"m{position}",
            Position = position,
            Role = MessageRole.Tool,
            Name = position % 2 == 0 ? "Ada" : null,
            Content = MessageContent.FromStore(content),
            CreatedAt = Then,
            Metadata = position % 3 == 0 ? new RawJson("{}") : null,
        };
        var fingerprint = revision == 1 ? MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata) : [.. Enumerable.Range(0, 16).Select(i => (byte)i)];
        return new ArchivedMessage(new StoredMessage(message, revision, fingerprint), vectors is null ? default(ReadOnlyMemory<float>?) : vectors);
    }

    // Line breaks between tokens are the one thing that is not kept.
    private static string Describe(ArchiveRecord record) => (record is not ArchivedMessage { Message: var message } archived ? record.ToString()
        : $"{message.ThreadId}|{message.Position}|{message.Id}|{message.Role}|{message.Name}|{message.Content.Json}|{message.CreatedAt:O}|{message.Metadata}|{archived.Stored.Revision}"
            + $"|{Convert.ToHexString(archived.Stored.Fingerprint.Span)}|{(archived.Vectors is { } vectors ? string.Join(' ', vectors.ToArray()) : "none")}").Replace('\n', ' ').Replace('\r', ' ');

    private static async Task<string> WriteAsync(IEnumerable<ArchiveRecord> records)
    {
        using var stream = new MemoryStream();
        var output = PipeWriter.Create(stream);
        var writer = new ArchiveWriter(output);
        foreach (var record in records)
        {
            await writer.WriteAsync(record);
        }

        await output.CompleteAsync();
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static async Task<List<ArchiveRecord>> ReadAsync(string text, int pieceBytes = 4096)
    {
        var input = PipeReader.Create(new MemoryStream(Encoding.UTF8.GetBytes(text)), new StreamPipeReaderOptions(bufferSize: pieceBytes, minimumReadSize: 1));
        return await new ArchiveReader(input).ReadAsync().ToListAsync();
    }
}
