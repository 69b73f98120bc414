using System.Globalization;
using System.Text;

namespace Memory.Benchmarks.Load;

/// <summary>
/// Messages of 30 made-up words, about 200 bytes, whose frequencies fall off as in English (Zipf–Mandelbrot, exponent 1, offset 2.7):
/// two in five words are function words, most others are rare, and a few stand in one message of twenty. Always the same ones.
/// </summary>
internal sealed class Corpus
{
    /// <summary>Words in a message.</summary>
    public const int WordsPerMessage = 30;

    private const int Vocabulary = 50_000;
    private const int QueryWords = 5;

    private static readonly string[] FunctionWords =
    [
        "the", "of", "and", "to", "a", "in", "is", "i", "that", "it", "for", "you", "was", "with", "on", "as", "have", "but", "be", "they",
        "we", "he", "are", "this", "at", "she", "not", "from", "by", "or", "an", "my", "what", "so", "there", "if", "can", "would", "when", "about",
    ];

    private readonly string[] words = new string[Vocabulary];
    private readonly double[] cumulative = new double[Vocabulary];
    private readonly string[] texts;

    /// <summary>Makes a number of messages.</summary>
    public Corpus(int messages)
    {
        // A fixed seed, so that every run and both sides of a comparison see the same text.
        var random = new Random(20_260_101);
        MakeVocabulary(random);
        texts = [.. Enumerable.Range(0, messages).Select(_ => MakeText(random))];
    }

    /// <summary>How many different messages there are.</summary>
    public int Count => texts.Length;

    /// <summary>The text of a message; they begin again at the end.</summary>
    public string Text(int index) => texts[index % texts.Length];

    /// <summary>Texts in a row.</summary>
    public string[] Texts(int index, int count) => [.. Enumerable.Range(index, count).Select(Text)];

    /// <summary>A question of five content words of a message, always the same ones.</summary>
    public string Query(int index)
    {
        var random = new Random(index);
        return string.Join(' ', Text(index).Split(' ').Except(FunctionWords).OrderBy(_ => random.Next()).Take(QueryWords));
    }

    /// <summary>Writes the first messages to a file, one a line.</summary>
    public void Write(string path, int messages) => File.WriteAllLines(path, texts.Take(messages));

    private void MakeVocabulary(Random random)
    {
        var known = FunctionWords.ToHashSet(StringComparer.Ordinal);
        var total = 0.0;
        for (var rank = 0; rank < Vocabulary; rank++)
        {
            words[rank] = rank < FunctionWords.Length ? FunctionWords[rank] : MakeWord(random, syllables: rank < 1_000 ? 2 : 3, known);
            cumulative[rank] = total += 1 / (rank + 1 + 2.7);
        }
    }

    private static string MakeWord(Random random, int syllables, HashSet<string> known)
    {
        const string Consonants = "bcdfghjklmnprstvz";
        const string Vowels = "aeiou";
        var word = new StringBuilder();
        do
        {
            word.Clear();
            for (var i = 0; i < syllables; i++)
            {
                word.Append(Consonants[random.Next(Consonants.Length)]).Append(Vowels[random.Next(Vowels.Length)]);
            }

            word.Append(Consonants[random.Next(Consonants.Length)]);
        }
        while (!known.Add(word.ToString()));
        return word.ToString();
    }

    private string MakeText(Random random) => string.Join(' ', Enumerable.Range(0, WordsPerMessage).Select(_ => Draw(random)));

    private string Draw(Random random)
    {
        var at = Array.BinarySearch(cumulative, random.NextDouble() * cumulative[^1]);
        return words[Math.Min(at < 0 ? ~at : at, Vocabulary - 1)];
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Count} messages of {WordsPerMessage} words, {texts.Average(text => text.Length):0} bytes each");
}
