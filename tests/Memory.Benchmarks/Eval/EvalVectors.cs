using System.Numerics.Tensors;

using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>Vectors for a folder's messages and questions, from embedders of very different strength.</summary>
/// <param name="Name">The embedder.</param>
/// <param name="Messages">Unit vectors in the messages' order.</param>
/// <param name="Questions">Unit vectors in the questions' order.</param>
internal sealed record EvalVectors(string Name, IReadOnlyList<float[]> Messages, IReadOnlyList<float[]> Questions)
{
    private const int Dimensions = 256;

    /// <summary>Those that need no model: from nothing at all to better than words.</summary>
    public static IEnumerable<EvalVectors> BuiltIn(EvaluationSet folder)
    {
        var random = new Random(7);
        var messages = folder.Messages.Select(_ => Noise(random)).ToList();
        var questions = folder.Questions.Select(_ => Noise(random)).ToList();
        yield return new("noise", messages, questions);
        yield return new("random words", Bags(Texts(folder)), Bags([.. folder.Questions.Select(question => question.Question)]));

        // A model that understands each question to another degree: its vector leans towards the answers'.
        var byId = folder.Messages.Select((message, at) => (message.Id, at)).ToDictionary(item => item.Id, item => item.at);
        foreach (var (name, strength) in ((string, float)[])[("simulated, strong", 0.26f), ("simulated, stronger", 0.34f)])
        {
            yield return new(name, messages, [.. folder.Questions.Zip(questions, (question, noise) =>
            {
                var degree = strength * (0.25f + (1.5f * random.NextSingle()));
                var answer = new float[Dimensions];
                foreach (var gold in question.Gold)
                {
                    TensorPrimitives.Add(answer, messages[byId[gold]], answer);
                }

                TensorPrimitives.MultiplyAdd(Unit(answer), degree, noise, answer);
                return Unit(answer);
            })]);
        }
    }

    /// <summary>A model of the packages.</summary>
    public static async Task<EvalVectors> OfAsync(EmbedderPackages packages, string model, string name, EvaluationSet folder, CancellationToken cancellationToken)
    {
        var texts = Texts(folder);
        var all = await packages.EmbedAsync(model, [.. texts, .. folder.Questions.Select(question => question.Question)], cancellationToken);
        return new(name, [.. all.Take(texts.Count).Select(Unit)], [.. all.Skip(texts.Count).Select(Unit)]);
    }

    // As the product embeds them.
    private static List<string> Texts(EvaluationSet folder) =>
        [.. folder.Messages.Select(message => message.Name is null ? message.Content : $"{message.Name}: {message.Content}")];

    private static List<float[]> Bags(IReadOnlyList<string> texts) => [.. texts.Select(text =>
    {
        var sum = new float[64];
        foreach (var word in text.ToLowerInvariant().Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(""))
        {
            var random = new Random(word.Aggregate(17, (hash, letter) => unchecked((hash * 31) + letter)));
            for (var i = 0; i < sum.Length; i++)
            {
                sum[i] += (float)(random.NextDouble() - 0.5);
            }
        }

        return Unit(sum);
    })];

    private static float[] Noise(Random random) => Unit([.. Enumerable.Range(0, Dimensions).Select(_ => (float)(random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5))]);

    private static float[] Unit(float[] values)
    {
        var unit = new float[values.Length];
        TensorPrimitives.Divide(values, TensorPrimitives.Norm(values), unit);
        return unit;
    }
}
