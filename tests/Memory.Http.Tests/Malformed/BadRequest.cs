using System.Text;

namespace Memory.Http.Tests.Malformed;

/// <summary>A malformed request and the refusal that is documented for it.</summary>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path and query, as they go out.</param>
/// <param name="Status">The status it must get.</param>
/// <param name="Code">The code it must get.</param>
internal sealed record BadRequest(string Method, string Path, int Status, string Code)
{
    public byte[]? Body { get; init; }

    public string? Type { get; init; }

    public bool IsChunked { get; init; }

    public (string Name, string Value)[] Headers { get; init; } = [];

    /// <summary>A path that the refusal's <c>errors</c> must name.</summary>
    public string? At { get; init; }

    public string Text { init => Body = Encoding.UTF8.GetBytes(value); }

    public HttpContent? Content() => Body is null ? null : IsChunked ? new StreamContent(new Unseekable(Body)) : new ByteArrayContent(Body);

    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.UTF8.GetString(Body);
        var headers = string.Join("; ", Headers.Select(header => $"{header.Name}: {header.Value}"));
        return $"{Method} {Short(Path)} [{Type}] {headers} {Short(body)}";
    }

    private static string Short(string text) => text.Length > 160 ? $"{text[..160]}… ({text.Length})" : text;
}
