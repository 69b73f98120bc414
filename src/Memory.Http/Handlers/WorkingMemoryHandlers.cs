using System.Net.Mime;
using System.Text;
using Memory.Core;
using Microsoft.AspNetCore.Http;

namespace Memory.Http;

/// <summary>The working memory routes: the body is the document itself, JSON or plain text.</summary>
public sealed class WorkingMemoryHandlers(WorkingMemories memories)
{
    private const string Markdown = "text/markdown";

    /// <summary><c>GET …/working-memory</c></summary>
    public async Task<IResult> GetAsync(HttpContext context, WorkingMemoryOwner owner, CancellationToken cancellationToken)
    {
        var document = await memories.FindAsync(owner, cancellationToken);
        context.Response.Headers.ETag = Conditions.Tag(document.Version);
        return Conditions.IsKnown(context.Request, document.Version) ? TypedResults.StatusCode(304) : Answer(document);
    }

    /// <summary><c>PUT …/working-memory</c></summary>
    public async Task<IResult> PutAsync(HttpContext context, WorkingMemoryOwner owner, CancellationToken cancellationToken)
    {
        RequestReader.RequireType(context.Request, MediaTypeNames.Application.Json, MediaTypeNames.Text.Plain, Markdown);
        var isJson = RequestReader.IsType(context.Request, MediaTypeNames.Application.Json);
        var bytes = await RequestReader.ReadBytesAsync(context.Request, WorkingMemories.MaxBytes, cancellationToken);
        var text = isJson ? ReadJson(bytes) : ReadText(bytes);
        return Written(context, await memories.PutAsync(owner, isJson, text, Conditions.Read(context.Request), cancellationToken));
    }

    /// <summary><c>PATCH …/working-memory</c></summary>
    public async Task<IResult> PatchAsync(HttpContext context, WorkingMemoryOwner owner, CancellationToken cancellationToken)
    {
        using var patch = await RequestReader.ReadPatchAsync(context.Request, WorkingMemories.MaxBytes, cancellationToken);
        var json = new RawJson(patch.RootElement.GetRawText());
        return Written(context, await memories.MergeAsync(owner, json, Conditions.Read(context.Request), cancellationToken));
    }

    /// <summary><c>DELETE …/working-memory</c></summary>
    public async Task<IResult> DeleteAsync(HttpContext context, WorkingMemoryOwner owner, CancellationToken cancellationToken)
    {
        await memories.DeleteAsync(owner, Conditions.Read(context.Request), cancellationToken);
        return TypedResults.NoContent();
    }

    private static string ReadJson(ReadOnlyMemory<byte> bytes)
    {
        using var document = RequestReader.ParseDocument(bytes);
        return document.RootElement.GetRawText();
    }

    private static string ReadText(ReadOnlyMemory<byte> bytes)
    {
        var text = Encoding.UTF8.GetString(bytes.Span);
        return text.Contains('\0', StringComparison.Ordinal) ? throw RefusedException.Invalid("$", "must not hold NUL characters") : text;
    }

    private static IResult Written(HttpContext context, WorkingMemoryDocument document)
    {
        context.Response.Headers.ETag = Conditions.Tag(document.Version);
        return Answer(document);
    }

    private static IResult Answer(WorkingMemoryDocument document) =>
        TypedResults.Text(document.Text, document.IsJson ? MediaTypeNames.Application.Json : MediaTypeNames.Text.Plain, Encoding.UTF8);
}
