namespace Memory.Fakes;

/// <summary>What a <see cref="FakeUpstashVector"/> is set up with.</summary>
public sealed record FakeUpstashVectorOptions
{
    /// <summary>The token it accepts.</summary>
    public string Token { get; init; } = "fake-token";

    /// <summary>A token with which it accepts reads only. Null: there is none.</summary>
    public string? ReadOnlyToken { get; init; }

    /// <summary>How many numbers each vector has.</summary>
    public int Dimensions { get; init; } = 3;

    /// <summary>How near two vectors are.</summary>
    public VectorSimilarity Similarity { get; init; } = VectorSimilarity.Cosine;

    /// <summary>How long after a write queries see it. Null: only after <see cref="FakeUpstashVector.Index"/>.</summary>
    public TimeSpan? IndexDelay { get; init; }

    /// <summary>Whether fetch and range see what is written at once, as queries don't. Which of the two the service does is not documented.</summary>
    public bool ReadsSeePending { get; init; } = true;

    /// <summary>How many of the nearest vectors a query with a filter looks at; what it finds among them is all it answers. The service's number is not documented.</summary>
    public int FilterBudget { get; init; } = 1000;

    /// <summary>How many resumable queries may be under way. The service has a limit, whose number is not documented.</summary>
    public int MaxResumableQueries { get; init; } = 10;

    /// <summary>How many vectors a day may be written or deleted. Null: any number.</summary>
    public int? DailyWriteLimit { get; init; }

    /// <summary>How many queries, fetches and ranges a day may have. Null: any number.</summary>
    public int? DailyQueryLimit { get; init; }

    /// <summary>The clock for <see cref="IndexDelay"/> , for resumable queries that nobody goes on with, and for the day's end, which is midnight in UTC.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
