using System.Globalization;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>Who is there before a step begins: resources with threads that have messages, all of the same size.</summary>
internal static class Population
{
    private const int Resources = 50, ThreadsEach = 4, MessagesEach = 50;

    // More than one, so that it is over soon; few enough for any backend.
    private const int FillingCallers = 4;

    /// <summary>How many threads there are.</summary>
    public const int Threads = Resources * ThreadsEach;

    /// <summary>How many messages there are.</summary>
    public const int Messages = Threads * MessagesEach;

    /// <summary>What it is, for a report.</summary>
    public static string Description { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{Messages:N0} messages at the beginning of each step: {Resources} resources of {ThreadsEach} threads of {MessagesEach}");

    /// <summary>A thread's id.</summary>
    /// <param name="number">From 0; below <see cref="Threads"/>.</param>
    public static string Thread(int number) => string.Create(CultureInfo.InvariantCulture, $"thread-{number}");

    /// <summary>Stores them through a server.</summary>
    public static Task FillAsync(TrafficClient client, Corpus corpus, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        Enumerable.Range(0, Threads),
        new ParallelOptions { MaxDegreeOfParallelism = FillingCallers, CancellationToken = cancellationToken },
        async (thread, token) => await client.FillAsync($"resource-{thread % Resources}", Thread(thread), corpus.Texts(thread * MessagesEach, MessagesEach), token));
}
