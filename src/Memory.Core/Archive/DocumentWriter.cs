namespace Memory.Core;

/// <summary>Writes working memory documents with the versions they have elsewhere.</summary>
internal static class DocumentWriter
{
    /// <summary>Writes a document unless the same or a newer one is there.</summary>
    /// <returns>Whether it was written.</returns>
    public static async Task<bool> WriteAsync(IMessageStore target, WorkingMemoryOwner owner, WorkingMemoryDocument document, CancellationToken cancellationToken)
    {
        while (true)
        {
            var stored = await target.FindWorkingMemoryAsync(owner, cancellationToken);
            if (stored?.Version >= document.Version)
            {
                return false;
            }

            if (await target.PutWorkingMemoryAsync(owner, document, stored?.Version ?? 0, cancellationToken))
            {
                return true;
            }
        }
    }
}
