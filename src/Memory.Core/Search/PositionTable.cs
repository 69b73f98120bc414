namespace Memory.Core;

/// <summary>Position → document within one thread.</summary>
internal sealed class PositionTable(long key)
{
    public const int None = -1;
    private int[] documents = [];
    private int first;
    private int length;

    public long Key { get; } = key;

    public int Find(int position) => (uint)(position - first) < (uint)length ? documents[position - first] : None;

    /// <summary>Sets a place and returns by how many bytes the table grew.</summary>
    public int Set(int position, int document)
    {
        var before = documents.Length;
        if (length == 0)
        {
            (first, documents, before) = (position, new int[4], -20); // the thread's own objects come on top
        }
        else if (position < first)
        {
            var wider = new int[length + first - position];
            Array.Fill(wider, None, 0, first - position);
            documents.AsSpan(0, length).CopyTo(wider.AsSpan(first - position));
            (documents, length, first) = (wider, wider.Length, position);
        }

        var at = position - first;
        if (at >= documents.Length)
        {
            Array.Resize(ref documents, Math.Max(at + 1, documents.Length * 2));
        }

        if (at >= length)
        {
            Array.Fill(documents, None, length, at - length);
            length = at + 1;
        }

        documents[at] = document;
        return (documents.Length - before) * sizeof(int);
    }

    public IEnumerable<int> Between(long from, long to)
    {
        for (var position = Math.Max(from, first); position <= to && position < (long)first + length; position++)
        {
            yield return (int)position;
        }
    }
}
