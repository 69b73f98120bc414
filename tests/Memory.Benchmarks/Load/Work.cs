namespace Memory.Benchmarks.Load;

/// <summary>A piece of work that each subject does in its own way, in a new or prepared database of its own.</summary>
internal abstract record Work
{
    /// <summary>Whether every message and every question has a vector of <see cref="HashEmbedder.Dimensions"/>; without, there is no embedder.</summary>
    public bool WithVectors { get; init; }
}

/// <summary>Appends in a new database; each caller has a thread of its own.</summary>
/// <param name="Messages">In all.</param>
/// <param name="Callers">At once.</param>
/// <param name="Batch">Messages a call.</param>
internal sealed record AppendWork(int Messages, int Callers, int Batch) : Work;

/// <summary>How many times the rate of one caller several reach: both append to one database by turns, so that what else the machine does hits both.</summary>
/// <param name="Messages">In a turn of either.</param>
/// <param name="Callers">At once.</param>
/// <param name="Turns">How many turns each has; the median of their ratios is the figure.</param>
internal sealed record CallersWork(int Messages, int Callers, int Turns) : Work;

/// <summary>Reads the last 30 of a thread.</summary>
/// <param name="Messages">How many the thread holds.</param>
/// <param name="Samples">How many times.</param>
internal sealed record LastWork(int Messages, int Samples) : Work
{
    /// <summary>How many are read.</summary>
    public const int Count = 30;
}

/// <summary>Reads the first page of 20 of a resource's threads.</summary>
/// <param name="Threads">How many there are.</param>
/// <param name="Samples">How many times.</param>
internal sealed record ThreadsWork(int Threads, int Samples) : Work
{
    /// <summary>How many are read.</summary>
    public const int Count = 20;
}

/// <summary>Recalls by words, and by vectors if there are any, topK 3, range 2, without last messages.</summary>
/// <param name="Messages">How many the resource holds, in threads of 1,000.</param>
/// <param name="WholeResource">Over the resource, or in one thread of it.</param>
/// <param name="Samples">How many times, after a warm-up; 1 for the first recall after opening, index build included.</param>
internal sealed record RecallWork(int Messages, bool WholeResource, int Samples) : Work
{
    /// <summary>Whether words have no weight, as they have none with the peer.</summary>
    public bool VectorsAlone { get; init; }
}

/// <summary>How many of the questions get the very hits of an exact scan, when vectors alone decide.</summary>
/// <param name="Messages">How many the resource holds.</param>
/// <param name="Questions">How many are asked.</param>
internal sealed record SameHitsWork(int Messages, int Questions) : Work;

/// <summary>A whole turn in one call: appends a message, recalls topK 3, range 2, by all its words, and reads the last 30.</summary>
/// <param name="Messages">How many the resource holds before.</param>
/// <param name="Samples">How many times.</param>
internal sealed record TurnWork(int Messages, int Samples) : Work;

/// <summary>Gives a message another text, in a filled store.</summary>
/// <param name="Messages">How many the resource holds, in threads of 1,000.</param>
/// <param name="Samples">How many times, each time another message.</param>
internal sealed record EditWork(int Messages, int Samples) : Work;

/// <summary>Deletes a message from a filled store.</summary>
/// <param name="Messages">How many the resource holds at first, in threads of 1,000.</param>
/// <param name="Samples">How many times.</param>
internal sealed record DeleteWork(int Messages, int Samples) : Work;

/// <summary>Deletes a thread of 1,000 messages from a filled store.</summary>
/// <param name="Messages">How many the resource holds at first.</param>
/// <param name="Samples">How many times; there are as many threads again for the warm-up.</param>
internal sealed record DeleteThreadWork(int Messages, int Samples) : Work;

/// <summary>Resident memory of a server after a recall.</summary>
/// <param name="Messages">How many the resource holds.</param>
/// <param name="TakenIn">Whether this very process took them in over HTTP, rather than opening a file that holds them.</param>
internal sealed record ServerMemoryWork(int Messages, bool TakenIn) : Work;

/// <summary>Bytes a message on disk, when the store has settled.</summary>
/// <param name="Messages">How many there are.</param>
internal sealed record DiskWork(int Messages) : Work;

/// <summary>From the start of a process to its first append and recall, on a new database.</summary>
internal sealed record ColdStartWork : Work;
