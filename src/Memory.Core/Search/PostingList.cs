using System.Runtime.CompilerServices;

namespace Memory.Core;

/// <summary>That a message holds a term, and how often.</summary>
/// <param name="Document">The message's place in the index.</param>
/// <param name="Count">How often.</param>
internal readonly record struct Posting(int Document, int Count);

/// <summary>The messages that hold a term.</summary>
internal sealed class PostingList
{
    private Posting[] items = new Posting[1];
    private int count;

    public ReadOnlySpan<Posting> Span => items.AsSpan(0, count);

    /// <summary>Adds an entry and returns by how many bytes the list grew.</summary>
    public int Add(Posting posting)
    {
        var grown = 0;
        if (count == items.Length)
        {
            grown = count * Unsafe.SizeOf<Posting>();
            Array.Resize(ref items, count * 2);
        }

        items[count++] = posting;
        return grown;
    }
}
