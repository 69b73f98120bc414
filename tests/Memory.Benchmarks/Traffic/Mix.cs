using System.Globalization;
using Memory.Benchmarks.Load;

namespace Memory.Benchmarks.Traffic;

/// <summary>
/// What agents ask, one request after another, each in any of the threads: of a hundred, 70 are whole turns in one call (append a message, recall topK 3 with range 2, and the last 30),
/// 20 keep the answer to a turn, 10 read the last 30. The same requests for the same seed.
/// </summary>
/// <param name="client">Sends them.</param>
/// <param name="population">In whose threads.</param>
/// <param name="corpus">What is said.</param>
/// <param name="seed">Another for everybody who asks: messages have ids with it.</param>
internal sealed class Mix(TrafficClient client, Population population, Corpus corpus, int seed)
{
    /// <summary>What it is, for a report.</summary>
    public const string Description = "70 % whole turns in one call (append 1, recall topK 3 range 2 over the resource, last 30), 20 % appends of 1, 10 % last 30; by words";

    private const int Turns = 70, Appends = 20;

    private readonly Random random = new(seed);
    private int asked;

    /// <summary>Chooses a request, and sends it. Requests may overlap, but are chosen one at a time.</summary>
    public Task<Answer> AskAsync(CancellationToken cancellationToken)
    {
        var thread = population.Thread(random.Next(Population.Threads));
        var text = corpus.Text(random.Next(corpus.Count));
        var id = string.Create(CultureInfo.InvariantCulture, $"{seed}-{asked++}");
        return random.Next(100) switch
        {
            < Turns => client.TurnAsync(thread, id, text, cancellationToken),
            < Turns + Appends => client.AppendAsync(thread, id, text, cancellationToken),
            _ => client.LastAsync(thread, cancellationToken),
        };
    }
}
