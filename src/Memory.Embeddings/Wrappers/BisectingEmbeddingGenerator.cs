using Memory.Core;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;

namespace Memory.Embeddings;

/// <summary>
/// Finds the texts for which a service refuses a whole request, by halving. A text that is refused for good gets an empty vector (length 0); the others get theirs.
/// When the settings are at fault, and so everything is refused, the refusal is thrown.
/// </summary>
internal sealed partial class BisectingEmbeddingGenerator(IEmbeddingGenerator<string, Embedding<float>> inner, ILogger<BisectingEmbeddingGenerator> logger)
    : DelegatingEmbeddingGenerator<string, Embedding<float>>(inner)
{
    /// <summary>A text that no service refuses, to tell a bad text from a bad setting.</summary>
    public const string HarmlessText = "memory";

    private volatile bool hasEverAnswered;

    /// <inheritdoc/>
    public override async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        GeneratedEmbeddings<Embedding<float>> all = [];
        EmbeddingException? refusal = null;
        var refused = 0;
        await EmbedAsync(texts);
        if (refusal is not null && refused == texts.Length && refused > 1)
        {
            // Texts are bad one by one; a service that refuses all of several was changed, or set to refuse them.
            throw refusal;
        }

        if (refused > 0)
        {
            Log.Refused(logger, refused, texts.Length);
        }

        return all;

        async Task EmbedAsync(ArraySegment<string> part)
        {
            try
            {
                var made = await base.GenerateAsync(part, options, cancellationToken);
                hasEverAnswered = true;
                all.AddRange(made);
                if (made.Usage is { } usage)
                {
                    (all.Usage ??= new UsageDetails()).Add(usage);
                }

                return;
            }
            catch (EmbeddingException exception) when (exception.InnerException is RefusedInputException)
            {
                refusal = exception;
            }

            if (!hasEverAnswered)
            {
                // Unsupported dimensions, say, are answered as a bad text is. Without this, each text would count as refused for good.
                await base.GenerateAsync([HarmlessText], options, cancellationToken);
                hasEverAnswered = true;
            }

            if (part.Count == 1)
            {
                refused++;
                all.Add(new Embedding<float>(default));
                return;
            }

            await EmbedAsync(part[..(part.Count / 2)]);
            await EmbedAsync(part[(part.Count / 2)..]);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Warning, Message = "The embedding service refused {Refused} of {Texts} texts; they are kept without a vector.")]
        public static partial void Refused(ILogger logger, int refused, int texts);
    }
}
