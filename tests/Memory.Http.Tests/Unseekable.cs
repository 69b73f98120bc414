namespace Memory.Http.Tests;

/// <summary>A stream whose length nobody knows, so that it is sent in chunks.</summary>
internal sealed class Unseekable(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;
}
