using System.Security.Cryptography;
using System.Text;
using Memory.Core;

namespace Memory.Mastra;

/// <summary>Makes our records of Mastra's rows, one after another in their order.</summary>
internal sealed class RowsToRecords(NoteCounter notes)
{
    /// <summary>The resource of threads that have none.</summary>
    public const string Nobody = "mastra-nobody";

    /// <summary>The member of a message's metadata that holds what Mastra kept beside its content, and what we have no place for.</summary>
    public const string Extra = "mastraMessage";

    private string? resource;
    private string resourceId = "";
    private ThreadRecord? thread;
    private long position, threads, messages;

    /// <summary>The resource, if it is another one than before, and its thread.</summary>
    public IEnumerable<ArchiveRecord> Head(HeadRow row)
    {
        if (resource != row.ResourceId)
        {
            resource = row.ResourceId;
            resourceId = row.ResourceId.Length > 0 ? Id(row.ResourceId) : Nobody;
            yield return Resource(row);
        }

        if (row.Thread is not null)
        {
            if (row.ResourceId.Length == 0)
            {
                notes.Add(MastraNotes.ThreadsOfNobody);
            }

            threads++;
            position = 0;
            var record = Thread(row.Thread);
            thread = record.Thread;
            yield return record;
        }
    }

    /// <summary>The next message of the last thread.</summary>
    public ArchivedMessage Message(MessageRow row)
    {
        var owner = thread ?? throw new InvalidOperationException("A message came before its thread.");
        messages++;
        if (!string.IsNullOrEmpty(row.ResourceId) && row.ResourceId != resource)
        {
            notes.Add(MastraNotes.OtherResource);
        }

        var (role, lostRole) = Role(row.Role);
        var (content, metadata) = StoredContent.Read(row.Content, lostRole, LostType(row), notes);
        var message = new Message
        {
            ThreadId = owner.Id,
            Id = Id(row.Id),
            Position = ++position,
            Role = role,
            Content = content,
            CreatedAt = Time(row.CreatedAt, owner.CreatedAt),
            Metadata = metadata,
        };
        return new ArchivedMessage(new StoredMessage(message, Revision: 1, MessageFingerprint.Of(role, null, content, metadata)), Vectors: null);
    }

    public ArchiveEnd End() => new(threads, messages);

    private ArchivedResource Resource(HeadRow row)
    {
        if (row.Resource is null)
        {
            return new ArchivedResource(new ResourceRecord(resourceId, Time(row.Thread?.CreatedAt, DateTimeOffset.UnixEpoch, isCounted: false)), null, null);
        }

        if (row.Resource.Metadata is not (null or "" or "null" or "{}" or "\"{}\"" or "\"null\""))
        {
            notes.Add(MastraNotes.ResourceMetadata);
        }

        // Mastra makes the row when it first has something to keep of the resource, often after its first thread, which is the one at hand.
        var createdAt = Time(row.Resource.CreatedAt, DateTimeOffset.UnixEpoch);
        var firstSeen = row.Thread?.CreatedAt is { } first && first < createdAt ? first : createdAt;
        return new ArchivedResource(
            new ResourceRecord(resourceId, firstSeen), StoredWorkingMemory.OfText(row.Resource.WorkingMemory, Time(row.Resource.UpdatedAt, createdAt), notes), null);
    }

    private ArchivedThread Thread(ThreadRow row)
    {
        var createdAt = Time(row.CreatedAt, DateTimeOffset.UnixEpoch);
        var updatedAt = Time(row.UpdatedAt, createdAt);
        var (metadata, workingMemory) = StoredWorkingMemory.OfThread(row.Metadata, updatedAt, notes);
        return new ArchivedThread(
            new ThreadRecord
            {
                Id = Id(row.Id),
                ResourceId = resourceId,
                Title = string.IsNullOrEmpty(row.Title) ? null : StoredWorkingMemory.WithoutNul(row.Title, notes),
                Metadata = metadata,
                CreatedAt = createdAt,
                UpdatedAt = updatedAt,
                LastPosition = row.Messages,
                MessageCount = row.Messages,
                Version = updatedAt.ToUnixMicroseconds(),
            },
            workingMemory);
    }

    private string Id(string id)
    {
        if (Identifier.IsValid(id))
        {
            return id;
        }

        notes.Add(MastraNotes.IdsReplaced);
        return $"mastra-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, 16))}";
    }

    // Mastra gives a signal to the model as the user's; text of an unknown role must not gain authority by the move.
    private (MessageRole Role, string? Lost) Role(string role)
    {
        if (MessageRoles.TryParse(role, out var known))
        {
            return (known, null);
        }

        notes.Add(role == "signal" ? MastraNotes.Signals : MastraNotes.UnknownRoles);
        return (MessageRole.User, role);
    }

    // "v2" says how the content is written, and the others what can be seen in it.
    private static string? LostType(MessageRow row) => row.Type is "" or "v2" or "text" or "tool-call" or "tool-result" ? null : row.Type;

    private DateTimeOffset Time(DateTimeOffset? time, DateTimeOffset otherwise, bool isCounted = true)
    {
        if (time is null && isCounted)
        {
            notes.Add(MastraNotes.TimesReplaced);
        }

        return time ?? otherwise;
    }
}
