namespace Memory.Fakes;

/// <summary>What a <see cref="FakeOpenAI"/> is set up with.</summary>
public sealed record FakeOpenAIOptions
{
    /// <summary>The key it accepts, as <c>api-key</c> or bearer. Null: it accepts anybody.</summary>
    public string? Key { get; init; } = "fake-key";

    /// <summary>A bearer token it accepts too, on Azure's route.</summary>
    public string? IdentityToken { get; init; }

    /// <summary>The deployment it knows on Azure's route.</summary>
    public string Deployment { get; init; } = "embedder";

    /// <summary>The model it knows on OpenAI's route.</summary>
    public string Model { get; init; } = "text-embedding-3-small";

    /// <summary>How many numbers a vector has when none are asked for; the most that may be asked for.</summary>
    public int Dimensions { get; init; } = 64;

    /// <summary>Whether <c>dimensions</c> may be asked for; text-embedding-ada-002 refuses it.</summary>
    public bool AcceptsDimensions { get; init; } = true;

    /// <summary>Whether <c>dimensions</c> is ignored, as some servers do.</summary>
    public bool IgnoresDimensions { get; init; }

    /// <summary>A text with this in it is refused with 400, and with it its whole request.</summary>
    public string BadText { get; init; } = "[[refuse]]";

    /// <summary>Whether vectors are answered as numbers even when base64 is asked for, as some servers do.</summary>
    public bool AlwaysNumbers { get; init; }
}
