using CsCheck;

namespace Memory.Core.Tests;

public sealed class FusionTests
{
    private static readonly Gen<IndexHit[]> SomeHits = Gen.Select(Gen.Double[0, 20], Gen.Bool, Gen.Double[-1, 1], Gen.Bool).Array[0, 60].Select(items => items
        .Select((item, i) => new IndexHit(i % 3, i, i, item.Item2 ? item.Item1 + 0.01 : 0, 0) { Cosine = item.Item4 ? item.Item3 : null })
        .Where(hit => hit.Raw > 0 || hit.Cosine is not null)
        .ToArray());

    private static readonly Gen<FusionWeights> SomeWeights = Gen.Select(Gen.Double[0, 3], Gen.Double[0.01, 3], (lexical, dense) => new FusionWeights(lexical, dense));

    [Fact]
    public void Scores_lie_between_0_and_1_and_fall_and_nothing_is_lost_or_doubled() => Gen.Select(SomeHits, SomeWeights).Sample((hits, weights) =>
    {
        var ranked = Rank(hits, weights);

        Assert.Equal(hits.Length, ranked.Select(hit => hit.Position).Distinct().Count());
        Assert.All(ranked, hit => Assert.InRange(hit.Score, 0, 1 + 1e-9));
        Assert.All(ranked.Zip(ranked.Skip(1)), pair => Assert.True(pair.First.Score >= pair.Second.Score));
    });

    [Fact]
    public void A_message_without_a_vector_never_stands_lower_than_its_words_place_it() => Gen.Select(SomeHits, SomeWeights).Sample((hits, weights) =>
    {
        var ranked = Rank(hits, weights).ToList();

        Assert.All(ranked.Where(hit => hit.Cosine is null), hit => Assert.True(ranked.IndexOf(hit) < hit.LexicalRank));
    });

    [Fact]
    public void Taking_a_vector_away_never_pushes_its_message_out() => Gen.Select(SomeHits, Gen.Int[1, 10]).Sample((hits, top) =>
    {
        foreach (var (hit, at) in hits.Select((hit, at) => (hit, at)).Where(item => item.hit.Raw > 0))
        {
            var byWords = hits.Count(other => other.Raw > hit.Raw || (other.Raw == hit.Raw && other.CreatedAt < hit.CreatedAt)) < top;
            var without = hits.ToArray();
            without[at] = hit with { Cosine = null };
            Assert.True(!byWords || Rank(without, FusionWeights.Default, top).Any(found => found.Position == hit.Position));
        }
    });

    [Fact]
    public void A_shift_or_a_stretch_of_all_cosines_changes_nothing() => Gen.Select(SomeHits, Gen.Double[0.01, 0.2], Gen.Double[0, 0.7]).Sample((found, stretch, shift) =>
    {
        // Cosines come from vectors of 32 bits: differences below their rounding are no signal, and Fusion takes them for none.
        var hits = found.Select(hit => hit with { Cosine = hit.Cosine is { } cosine ? Math.Round(cosine, 4) : null }).ToArray();
        var changed = hits.Select(hit => hit with { Cosine = (hit.Cosine * stretch) + shift }).ToArray();

        foreach (var (before, after) in Rank(hits, FusionWeights.Default).Zip(Rank(changed, FusionWeights.Default)))
        {
            Assert.Equal(before.Score, after.Score, 1e-6);
        }
    });

    [Fact]
    public void With_no_vectors_at_all_the_words_decide_and_score_as_without()
    {
        var hits = new[] { 8.0, 3, 5 }.Select((raw, i) => new IndexHit(0, i, i, raw, 0)).ToArray();

        Assert.Equal([(0, 0.8), (2, 0.5), (1, 0.3)], Rank(hits, FusionWeights.Default, attainable: 10).Select(hit => (hit.Position, Math.Round(hit.Score, 9))));
    }

    [Fact]
    public void With_all_the_weight_on_vectors_they_decide_to_the_last()
    {
        var hits = Enumerable.Range(0, 90).Select(i => new IndexHit(0, i, i, i % 7, 0) { Cosine = Math.Sin(i) }).ToArray();

        Assert.Equal(hits.OrderByDescending(hit => hit.Cosine).Select(hit => hit.Position), Rank(hits, new FusionWeights(0, 1)).Select(hit => hit.Position));
    }

    [Fact]
    public void A_vector_that_stands_out_beats_words_that_do_not()
    {
        var hits = Enumerable.Range(0, 60).Select(i => new IndexHit(0, i, i, i < 10 ? 2 : 0, 0) { Cosine = i == 42 ? 0.9 : 0.1 + (0.001 * i) }).ToArray();

        Assert.Equal(42, Rank(hits, FusionWeights.Default)[0].Position);
    }

    [Fact]
    public void The_least_score_cuts_and_the_signals_ranks_are_told()
    {
        IndexHit[] hits = [new(0, 0, 0, 9, 0) { Cosine = 0.1 }, new(0, 1, 1, 3, 0) { Cosine = 0.9 }, new(0, 2, 2, 0, 0) { Cosine = 0.5 }];

        var all = Rank(hits, FusionWeights.Default, attainable: 12);

        Assert.Equal([(0, 1, 3), (1, 2, 1), (2, null, 2)], all.OrderBy(hit => hit.Position).Select(hit => (hit.Position, hit.LexicalRank, hit.DenseRank)));
        Assert.Equal(all.Take(2).Select(hit => hit.Position), Fused(hits, FusionWeights.Default, 10, all[1].Score, 12).Select(hit => hit.Position));
    }

    private static IReadOnlyList<IndexHit> Rank(IndexHit[] hits, FusionWeights weights, int top = 1_000, double attainable = 25) => Fused(hits, weights, top, 0, attainable);

    private static IReadOnlyList<IndexHit> Fused(IndexHit[] hits, FusionWeights weights, int top, double minScore, double attainable) => Fusion.Rank(
        [.. hits.Where(hit => hit.Raw > 0).OrderDescending(IndexHit.WorstByWordsFirst)],
        [.. hits.Where(hit => hit.Cosine is not null).OrderDescending(IndexHit.WorstByVectorFirst)],
        attainable, weights, top, minScore);
}
