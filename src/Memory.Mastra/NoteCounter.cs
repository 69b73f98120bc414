namespace Memory.Mastra;

/// <summary>Counts what is changed or left out.</summary>
internal sealed class NoteCounter
{
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => counts;

    public void Add(string note, long times = 1)
    {
        if (times > 0)
        {
            counts[note] = counts.GetValueOrDefault(note) + times;
        }
    }
}
