using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Memory.Core;

/// <summary>Writes an archive as NDJSON: a line a record (docs/archive-format.md). Line breaks between the tokens of a caller's JSON become spaces.</summary>
/// <param name="output">Where to; the caller's to complete.</param>
public sealed class ArchiveWriter(PipeWriter output)
{
    private const int FlushBytes = 64 * 1024;
    private readonly ArrayBufferWriter<byte> line = new();

    /// <summary>Writes a record. A slow reader is waited for, so that the archive is never held in memory.</summary>
    public async ValueTask WriteAsync(ArchiveRecord record, CancellationToken cancellationToken = default)
    {
        line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = ArchiveJson.Lines.Options.Encoder, SkipValidation = true }))
        {
            JsonSerializer.Serialize(json, Line(record), ArchiveJson.Lines.ArchiveLine);
        }

        // Content is kept as it was written, line breaks between its tokens included; within strings JSON has none.
        var written = output.GetSpan(line.WrittenCount + 1);
        line.WrittenSpan.CopyTo(written);
        written[..line.WrittenCount].Replace((byte)'\n', (byte)' ');
        written[..line.WrittenCount].Replace((byte)'\r', (byte)' ');
        written[line.WrittenCount] = (byte)'\n';
        output.Advance(line.WrittenCount + 1);
        if (!output.CanGetUnflushedBytes || output.UnflushedBytes >= FlushBytes)
        {
            await output.FlushAsync(cancellationToken);
        }
    }

    private static ArchiveLine Line(ArchiveRecord record) => record switch
    {
        ArchivedResource(var resource, var document, var space) => new()
        {
            Type = "resource",
            Format = ArchiveLine.CurrentFormat,
            Id = resource.Id,
            CreatedAt = resource.CreatedAt == default ? null : resource.CreatedAt,
            Space = space,
            WorkingMemory = Document(document),
        },
        ArchivedThread(var thread, var document) => new()
        {
            Type = "thread",
            Version = thread.Version,
            WorkingMemory = Document(document),
            Thread = new ArchiveThread
            {
                Id = thread.Id,
                ResourceId = thread.ResourceId,
                Title = thread.Title,
                Metadata = thread.Metadata,
                TtlSeconds = (long?)thread.TimeToLive?.TotalSeconds,
                CreatedAt = thread.CreatedAt,
                UpdatedAt = thread.UpdatedAt,
                LastPosition = thread.LastPosition,
                MessageCount = thread.MessageCount,
            },
        },
        ArchivedMessage { Message: var message } archived => new()
        {
            Type = "message",
            Message = new ArchiveMessage
            {
                Id = message.Id,
                ThreadId = message.ThreadId,
                Position = message.Position,
                Role = message.Role.Name(),
                Name = message.Name,
                Content = message.Content.Json,
                CreatedAt = message.CreatedAt,
                Metadata = message.Metadata,
            },

            // That of a message that was never edited follows from its content.
            Revision = archived.Stored.Revision == 1 ? null : archived.Stored.Revision,
            Fingerprint = archived.Stored.Revision == 1 ? null : Convert.ToHexStringLower(archived.Stored.Fingerprint.Span),
            Vectors = archived.Vectors is { } values ? MemoryMarshal.AsBytes(values.Span).ToArray() : null,
        },
        ArchiveEnd(var threads, var messages) => new() { Type = "end", Threads = threads, Messages = messages },
        _ => throw new ArgumentOutOfRangeException(nameof(record), record, "There is no such record."),
    };

    private static ArchiveDocument? Document(WorkingMemoryDocument? document) => document is null ? null : new ArchiveDocument
    {
        Json = document.IsJson ? new RawJson(document.Text) : null,
        Text = document.IsJson ? null : document.Text,
        Version = document.Version,
        UpdatedAt = document.UpdatedAt,
    };
}
