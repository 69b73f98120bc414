using CsCheck;
using Memory.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Memory.Embeddings.Tests;

public sealed class BisectingTests : IDisposable
{
    private readonly Scripted inner = new(texts => texts.Any(text => text.StartsWith("bad", StringComparison.Ordinal)) ? throw Scripted.Refusal() : texts.Select(Scripted.VectorOf));

    public void Dispose() => inner.Dispose();

    [Fact]
    public async Task One_bad_text_of_16_costs_9_requests_and_a_harmless_one_once()
    {
        using var generator = Create();
        string[] texts = [.. Enumerable.Range(0, 16).Select(i => i == 11 ? "bad" : $"text {i}")];
        var made = await generator.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(10, inner.Calls.Count);
        Assert.Single(inner.Calls, call => call is [BisectingEmbeddingGenerator.HarmlessText]);
        Assert.Equal(texts.Select(text => text == "bad" ? [] : Scripted.VectorOf(text)), made.Select(embedding => embedding.Vector.ToArray()));

        await generator.GenerateAsync(texts, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(19, inner.Calls.Count);
    }

    [Fact]
    public async Task Any_mix_of_good_and_bad_texts_is_answered_in_order() => await Gen.Bool.Array[1, 40].SampleAsync(async good =>
    {
        var token = TestContext.Current.CancellationToken;
        using var generator = Create();
        string[] texts = [.. good.Select((isGood, i) => isGood ? $"text {i}" : $"bad {i}")];
        if (texts.Length > 1 && !good.Contains(true))
        {
            await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(texts, cancellationToken: token));
            return;
        }

        var made = await generator.GenerateAsync(texts, cancellationToken: token);
        Assert.Equal(texts.Select(text => text.StartsWith("bad", StringComparison.Ordinal) ? [] : Scripted.VectorOf(text)), made.Select(embedding => embedding.Vector.ToArray()));
    }, iter: 200, threads: 1);

    [Fact]
    public async Task A_bad_text_alone_gets_an_empty_vector()
    {
        using var generator = Create();
        var made = await generator.GenerateAsync(["bad"], cancellationToken: TestContext.Current.CancellationToken);
        Assert.True(Assert.Single(made).Vector.IsEmpty);
    }

    [Fact]
    public async Task When_all_of_several_texts_are_refused_the_refusal_is_thrown()
    {
        using var generator = Create();
        await generator.GenerateAsync(["fine"], cancellationToken: TestContext.Current.CancellationToken);
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["bad 1", "bad 2", "bad 3"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.False(failure.IsTransient);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(256)]
    public async Task A_setting_that_makes_everything_refused_is_found_with_two_requests(int count)
    {
        using Scripted refusing = new(_ => throw Scripted.Refusal());
        using BisectingEmbeddingGenerator generator = new(refusing, NullLogger<BisectingEmbeddingGenerator>.Instance);
        var failure = await Assert.ThrowsAsync<EmbeddingException>(() =>
            generator.GenerateAsync(Enumerable.Range(0, count).Select(i => $"text {i}"), cancellationToken: TestContext.Current.CancellationToken));
        Assert.False(failure.IsTransient);
        Assert.Equal(2, refusing.Calls.Count);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Other_failures_pass_through_at_once(bool isTransient)
    {
        using Scripted failing = new(_ => throw Scripted.Fault(isTransient));
        using BisectingEmbeddingGenerator generator = new(failing, NullLogger<BisectingEmbeddingGenerator>.Instance);
        await Assert.ThrowsAsync<EmbeddingException>(() => generator.GenerateAsync(["a", "b"], cancellationToken: TestContext.Current.CancellationToken));
        Assert.Single(failing.Calls);
    }

    [Fact]
    public async Task The_log_says_how_many_and_never_which()
    {
        Lines lines = new();
        using BisectingEmbeddingGenerator generator = new(inner, lines);
        await generator.GenerateAsync(["good", "bad secret"], cancellationToken: TestContext.Current.CancellationToken);
        var (level, line) = Assert.Single(lines.All);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("1 of 2", line, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", line, StringComparison.Ordinal);
    }

    private BisectingEmbeddingGenerator Create() => new(inner, NullLogger<BisectingEmbeddingGenerator>.Instance);

    private sealed class Lines : ILogger<BisectingEmbeddingGenerator>
    {
        public List<(LogLevel Level, string Line)> All { get; } = [];

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Add((logLevel, formatter(state, exception)));
    }
}
