using System.Text.Json.Nodes;
using Memory.Core;

namespace Memory.Mastra.Tests;

/// <summary>Everything that an archive holds, in its order.</summary>
internal sealed class Records
{
    private Records(IReadOnlyList<ArchiveRecord> all, IReadOnlyDictionary<string, long> notes) => (All, Notes) = (all, notes);

    public IReadOnlyList<ArchiveRecord> All { get; }

    public IReadOnlyDictionary<string, long> Notes { get; }

    public static async Task<Records> OfAsync(MastraArchive archive)
    {
        List<ArchiveRecord> all = [];
        await foreach (var record in archive.ReadAsync(TestContext.Current.CancellationToken))
        {
            all.Add(record);
        }

        return new Records(all, archive.Notes);
    }

    public ArchivedResource Resource(string id) => Assert.Single(All.OfType<ArchivedResource>(), record => record.Resource.Id == id);

    public ArchivedThread Thread(string id) => Assert.Single(All.OfType<ArchivedThread>(), record => record.Thread.Id == id);

    public IEnumerable<Message> Messages(string thread) => All.OfType<ArchivedMessage>().Select(record => record.Message).Where(message => message.ThreadId == thread);

    public Message Message(string thread, string id) => Assert.Single(Messages(thread), message => message.Id == id);

    /// <summary>A line for each record, with everything in it; JSON apart from white space and order of members.</summary>
    public IEnumerable<string> Lines() => All.Select(record => record switch
    {
        ArchivedResource resource => $"{resource}",
        ArchivedThread thread => $"{thread with { Thread = thread.Thread with { Metadata = Canonical(thread.Thread.Metadata) } }}",
        ArchivedMessage message => $"{message.Message} {message.Message.Content.Json} {message.Stored.Revision} {Convert.ToHexString(message.Stored.Fingerprint.Span)} {message.Vectors is null}",
        _ => $"{record}",
    });

    private static RawJson? Canonical(RawJson? json) => json is null ? null : new RawJson(Sorted(JsonNode.Parse(json.Text))?.ToJsonString() ?? "null");

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject members => new JsonObject(members.OrderBy(member => member.Key, StringComparer.Ordinal).Select(member => KeyValuePair.Create(member.Key, Sorted(member.Value)))),
        JsonArray items => new JsonArray([.. items.Select(Sorted)]),
        _ => node?.DeepClone(),
    };
}
