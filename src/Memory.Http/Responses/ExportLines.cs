using Memory.Core;

namespace Memory.Http;

/// <summary>First line of an export.</summary>
/// <param name="Type"><c>resource</c>.</param>
/// <param name="Format">1, the version of this format.</param>
/// <param name="Id">The resource.</param>
/// <param name="WorkingMemory">Its working memory, if any.</param>
public sealed record ExportResource(string Type, int Format, string Id, ExportWorkingMemory? WorkingMemory);

/// <summary>A thread's line; its messages follow it.</summary>
/// <param name="Type"><c>thread</c>.</param>
/// <param name="Thread">The thread.</param>
/// <param name="WorkingMemory">Its working memory, if any.</param>
public sealed record ExportThread(string Type, ThreadResponse Thread, ExportWorkingMemory? WorkingMemory);

/// <summary>A message's line.</summary>
/// <param name="Type"><c>message</c>.</param>
/// <param name="Message">The message.</param>
public sealed record ExportMessage(string Type, MessageResponse Message);

/// <summary>Last line of an export: one without it was cut short.</summary>
/// <param name="Type"><c>end</c>.</param>
/// <param name="Threads">How many threads there were.</param>
/// <param name="Messages">How many messages.</param>
public sealed record ExportEnd(string Type, long Threads, long Messages);

/// <summary>A working memory document in an export: one of the two is there.</summary>
/// <param name="Json">The document, if it is JSON.</param>
/// <param name="Text">The document, if it is text.</param>
/// <param name="UpdatedAt">When it was last written.</param>
public sealed record ExportWorkingMemory(RawJson? Json, string? Text, DateTimeOffset UpdatedAt)
{
    internal static ExportWorkingMemory? From(WorkingMemoryDocument? document) => document switch
    {
        null => null,
        { IsJson: true } => new ExportWorkingMemory(new RawJson(document.Text), null, document.UpdatedAt),
        _ => new ExportWorkingMemory(null, document.Text, document.UpdatedAt),
    };
}
