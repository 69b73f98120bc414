using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Reads what <see cref="ArchiveWriter"/> wrote, or the API's export of a resource. Checked line by line.</summary>
/// <param name="input">Where from; the caller's to complete.</param>
public sealed class ArchiveReader(PipeReader input)
{
    /// <summary>The longest line, in bytes (64 MiB): a message of the largest append with its vectors is shorter.</summary>
    public const int MaxLineBytes = 64 * 1024 * 1024;

    private long number;
    private string? resourceId;
    private string? threadId;
    private EmbeddingSpace? space;

    /// <summary>Reads the records in their order.</summary>
    /// <exception cref="RefusedException"><see cref="ErrorCode.InvalidRequest"/>, with the line's number, its field and what is wrong; or the archive ends too early.</exception>
    public async IAsyncEnumerable<ArchiveRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var isWhole = false;
        while (true)
        {
            var result = await input.ReadAsync(cancellationToken);
            var buffer = result.Buffer;
            while (TryReadLine(ref buffer, result.IsCompleted, out var line))
            {
                number++;
                if (!line.IsEmpty && Parse(line) is var record)
                {
                    isWhole = record is ArchiveEnd;
                    yield return record;
                }
            }

            if (buffer.Length > MaxLineBytes)
            {
                throw Invalid($"is longer than {MaxLineBytes / 1024 / 1024} MiB", line: number + 1);
            }

            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted)
            {
                break;
            }
        }

        if (!isWhole)
        {
            throw new RefusedException(ErrorCode.InvalidRequest,
                $"The archive ends after line {number} without its last line ({{\"type\":\"end\",…}}): it was cut short. Export it again; importing the whole one adds what is missing.");
        }
    }

    private static bool TryReadLine(ref ReadOnlySequence<byte> buffer, bool isCompleted, out ReadOnlySequence<byte> line)
    {
        line = default;
        if (buffer.PositionOf((byte)'\n') is { } end)
        {
            line = Trim(buffer.Slice(0, end));
            buffer = buffer.Slice(buffer.GetPosition(1, end));
            return true;
        }

        if (!isCompleted || buffer.IsEmpty)
        {
            return false;
        }

        (line, buffer) = (Trim(buffer), buffer.Slice(buffer.End));
        return true;
    }

    private static ReadOnlySequence<byte> Trim(ReadOnlySequence<byte> line) =>
        !line.IsEmpty && line.Slice(line.Length - 1).FirstSpan[0] == (byte)'\r' ? line.Slice(0, line.Length - 1) : line;

    private ArchiveRecord Parse(ReadOnlySequence<byte> bytes)
    {
        ArchiveLine line;
        try
        {
            var json = new Utf8JsonReader(bytes);
            line = JsonSerializer.Deserialize(ref json, ArchiveJson.Lines.ArchiveLine) ?? throw Invalid("is null");
        }
        catch (JsonException problem)
        {
            throw Invalid(problem.Path is { Length: > 1 } path ? $"has a wrong or missing value at {path}: {problem.Message.Split(" Path:")[0]}" : $"is not JSON: {problem.Message.Split(" LineNumber:")[0]}");
        }

        return line.Type switch
        {
            "resource" => Resource(line),
            "thread" => Thread(line),
            "message" => Message(line),
            "end" => new ArchiveEnd(line.Threads ?? 0, line.Messages ?? 0),
            _ => throw Invalid($"has the unknown type '{line.Type}'; resource, thread, message and end are known"),
        };
    }

    private ArchivedResource Resource(ArchiveLine line)
    {
        if (line.Format is > ArchiveLine.CurrentFormat)
        {
            throw Invalid($"has format {line.Format}, and this program knows formats up to {ArchiveLine.CurrentFormat}: use a newer program");
        }

        (resourceId, threadId, space) = (Id("id", line.Id), null, line.Space);
        return new ArchivedResource(new ResourceRecord(resourceId, line.CreatedAt ?? default), Document(line.WorkingMemory), space);
    }

    private ArchivedThread Thread(ArchiveLine line)
    {
        var thread = line.Thread ?? throw Invalid("has no thread");
        if (Id("thread.resourceId", thread.ResourceId) != resourceId)
        {
            throw Invalid($"has a thread of resource '{thread.ResourceId}', which must follow that resource's line");
        }

        Require(thread.LastPosition >= 0 && thread.MessageCount >= 0, "has a negative thread.lastPosition or thread.messageCount");
        Require(thread.Metadata is null || thread.Metadata.Text[0] == '{', "has a thread.metadata that is no object");
        Require(thread.TtlSeconds is null || (thread.TtlSeconds > 0 && thread.TtlSeconds <= EditThreads.TimesToLive.Most.TotalSeconds), "has a thread.ttlSeconds below 1 or above ten years");
        threadId = Id("thread.id", thread.Id);
        var record = new ThreadRecord
        {
            Id = threadId,
            ResourceId = thread.ResourceId,
            Title = thread.Title,
            Metadata = thread.Metadata,
            TimeToLive = thread.TtlSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            CreatedAt = thread.CreatedAt,
            UpdatedAt = thread.UpdatedAt,
            LastPosition = thread.LastPosition,
            MessageCount = thread.MessageCount,
            Version = line.Version ?? thread.UpdatedAt.ToUnixMicroseconds(),
        };
        return new ArchivedThread(record, Document(line.WorkingMemory));
    }

    private ArchivedMessage Message(ArchiveLine line)
    {
        var message = line.Message ?? throw Invalid("has no message");
        Require(Id("message.threadId", message.ThreadId) == threadId, $"has a message of thread '{message.ThreadId}', which must follow that thread's line");
        Require(message.Position > 0, "has a message.position below 1");
        Require(MessageRoles.TryParse(message.Role, out var role), $"has the unknown message.role '{message.Role}'; it must be one of {MessageRoles.List}");
        Require(AppendMessages.IsName(message.Name), $"has a message.name that {AppendMessages.NameRule}");
        Require(MessageContent.TryCreate(message.Content, out var content, out var problem), $"has a message.content that {problem}");
        Require(message.Metadata is null || message.Metadata.Text[0] == '{', "has a message.metadata that is no object");
        Require(line.Vectors is null || (space is { } of && line.Vectors.Length % (of.Dimensions * sizeof(float)) == 0), "has vectors that are not of the length that its resource's line names in space");
        var stored = new Message
        {
            ThreadId = message.ThreadId,
            Id = Id("message.id", message.Id),
            Position = message.Position,
            Role = role,
            Name = message.Name,
            Content = content,
            CreatedAt = message.CreatedAt,
            Metadata = message.Metadata,
        };
        return new ArchivedMessage(
            new StoredMessage(stored, line.Revision ?? 1, Fingerprint(line) ?? MessageFingerprint.Of(role, message.Name, content, message.Metadata)),
            Values(line.Vectors));
    }

    // Not as a conditional expression: there null would become an array of none.
    private static ReadOnlyMemory<float>? Values(byte[]? bytes)
    {
        if (bytes is null)
        {
            return null;
        }

        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    private byte[]? Fingerprint(ArchiveLine line)
    {
        Require(line.Fingerprint is null || (line.Fingerprint.Length == 32 && line.Fingerprint.All(char.IsAsciiHexDigit)), "has a fingerprint that is not 32 hexadecimal digits");
        return line.Fingerprint is null ? null : Convert.FromHexString(line.Fingerprint);
    }

    private WorkingMemoryDocument? Document(ArchiveDocument? document)
    {
        if (document is null)
        {
            return null;
        }

        Require(document.Json is null != document.Text is null, "has a workingMemory with both json and text, or neither");
        return new WorkingMemoryDocument(document.Json is not null, document.Json?.Text ?? document.Text!, document.Version ?? document.UpdatedAt.ToUnixMicroseconds(), document.UpdatedAt); // one of the two
    }

    private string Id(string field, string? id) => id is not null && Identifier.IsValid(id) ? id : throw Invalid($"has a {field} that {Identifier.Rule}");

    private void Require(bool isRight, string problem)
    {
        if (!isRight)
        {
            throw Invalid(problem);
        }
    }

    private RefusedException Invalid(string problem, long? line = null) => new(ErrorCode.InvalidRequest, $"Line {line ?? number} of the archive {problem}.");
}
