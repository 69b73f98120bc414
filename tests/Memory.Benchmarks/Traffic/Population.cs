using System.Globalization;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>Who talks in a step: resources with threads that hold messages, all of the same size, and nobody else's.</summary>
/// <param name="name">What its ids begin with; another for each step.</param>
internal sealed class Population(string name)
{
    private const int Resources = 50, ThreadsEach = 4, MessagesEach = 50;

    // More than one, so that it is over soon; few enough for any backend.
    private const int CallersAtOnce = 4;

    /// <summary>How many threads there are.</summary>
    public const int Threads = Resources * ThreadsEach;

    /// <summary>How many messages there are.</summary>
    public const int Messages = Threads * MessagesEach;

    /// <summary>What it is, for a report.</summary>
    public static string Description { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{Messages:N0} messages at the beginning of each step: {Resources} resources of {ThreadsEach} threads of {MessagesEach}; erased at its end");

    /// <summary>A thread's id.</summary>
    /// <param name="number">From 0; below <see cref="Threads"/>.</param>
    public string Thread(int number) => string.Create(CultureInfo.InvariantCulture, $"{name}-thread-{number}");

    /// <summary>Stores them.</summary>
    public Task FillAsync(TrafficClient client, Corpus corpus, CancellationToken cancellationToken) => EachAsync(
        Threads, (thread, token) => client.FillAsync(Resource(thread % Resources), Thread(thread), corpus.Texts(thread * MessagesEach, MessagesEach), token), cancellationToken);

    /// <summary>Removes them, with all that was added, so that the next step finds a store of the same size.</summary>
    public Task EraseAsync(TrafficClient client, CancellationToken cancellationToken) =>
        EachAsync(Resources, (resource, token) => client.EraseAsync(Resource(resource), token), cancellationToken);

    private string Resource(int number) => string.Create(CultureInfo.InvariantCulture, $"{name}-resource-{number}");

    private static Task EachAsync(int count, Func<int, CancellationToken, Task> doAsync, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = CallersAtOnce, CancellationToken = cancellationToken },
        async (one, token) => await doAsync(one, token));
}
