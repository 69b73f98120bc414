using System.Globalization;
using System.Text;
using Memory.Core;

namespace Memory.Benchmarks.Eval;

/// <summary>How well words, vectors and both together find the answers, for each embedder.</summary>
internal sealed class FusionTable(EvaluationSet folder)
{
    private static readonly FusionWeights DenseOnly = new(0, 1);
    private readonly StringBuilder lines = new("""
        | embedder | words: hit@10 | vectors | both | both − better | half the vectors missing | hit@5 in thread: words | vectors | both |
        | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |

        """);

    /// <summary>Adds a line.</summary>
    public void Add(EvalVectors vectors)
    {
        var whole = new Ranking(folder, vectors, missing: 0);
        var half = new Ranking(folder, vectors, missing: 0.5);
        var (words, dense, both, holed) = (whole.Score(null), whole.Score(DenseOnly), whole.Score(FusionWeights.Default), half.Score(FusionWeights.Default));
        var margin = both.Hit10 - Math.Max(words.Hit10, dense.Hit10);
        lines.AppendLine(CultureInfo.InvariantCulture,
            $"| {vectors.Name} | {words.Hit10:0.000} | {dense.Hit10:0.000} | {both.Hit10:0.000} | {margin:+0.000;−0.000} | {holed.Hit10:0.000} | {words.InThread:0.000} | {dense.InThread:0.000} | {both.InThread:0.000} |");
    }

    /// <inheritdoc/>
    public override string ToString() => lines.ToString();

    /// <summary>The product's own index over the folder, a resource each.</summary>
    private sealed class Ranking
    {
        private readonly EvaluationSet folder;
        private readonly EvalVectors vectors;
        private readonly Dictionary<string, MessageIndex> indexes = new(StringComparer.Ordinal);
        private readonly Dictionary<string, long> threads = new(StringComparer.Ordinal);
        private readonly Dictionary<(long Thread, int Position), string> ids = [];

        public Ranking(EvaluationSet folder, EvalVectors vectors, double missing)
        {
            (this.folder, this.vectors) = (folder, vectors);
            var random = new Random(1);
            var lengths = new Dictionary<long, int>();
            for (var i = 0; i < folder.Messages.Count; i++)
            {
                var message = folder.Messages[i];
                var thread = threads.TryGetValue(message.ThreadId, out var known) ? known : threads[message.ThreadId] = threads.Count;
                var position = lengths[thread] = lengths.GetValueOrDefault(thread) + 1;
                ids[(thread, position)] = message.Id;
                if (!indexes.TryGetValue(message.ResourceId, out var index))
                {
                    index = indexes[message.ResourceId] = new MessageIndex(vectors.Messages[0].Length);
                }

                var createdAt = message.CreatedAt is null ? DateTimeOffset.UnixEpoch : DateTimeOffset.Parse(message.CreatedAt, CultureInfo.InvariantCulture);
                index.Put(thread, position, MessageRole.User, createdAt.ToUnixMicroseconds(), LexicalEncoder.EncodeMessage(message.Name, message.Content, createdAt).ToBytes());
                if (random.NextDouble() >= missing)
                {
                    index.PutVectors(thread, position, vectors.Messages[i]);
                }
            }
        }

        /// <summary>Asks every question, by words alone when there are no weights.</summary>
        public (double Hit10, double InThread) Score(FusionWeights? weights)
        {
            var score = new EvalScore();
            for (var i = 0; i < folder.Questions.Count; i++)
            {
                var question = folder.Questions[i];
                var query = new IndexQuery
                {
                    Terms = LexicalEncoder.EncodeQuery(question.Question),
                    Vector = weights is null ? default(ReadOnlyMemory<float>?) : vectors.Questions[i],
                    Weights = weights ?? FusionWeights.Default,
                    Top = EvalScore.TopInResource,
                };
                var index = indexes[question.ResourceId];
                score.Add(
                    question,
                    Ids(index.Search(query)),
                    question.ThreadId is null ? [] : Ids(index.Search(query with { Top = EvalScore.TopInThread, Thread = threads[question.ThreadId] })));
            }

            var figures = score.Figures().ToDictionary();
            return (figures["hit@10"], figures[$"hit@{EvalScore.TopInThread} in thread"]);
        }

        private List<string> Ids(IReadOnlyList<IndexHit> hits) => [.. hits.Select(hit => ids[(hit.Thread, hit.Position)])];
    }
}
