using Microsoft.Extensions.AI;
using Microsoft.ML.Tokenizers;

namespace Memory.Embeddings;

/// <summary>
/// Embeds with a model in this process, off the caller's thread. The model is fetched, when that is set up, and read at the first call;
/// a first caller who gives up does not end that, and what failed is tried again at the next call.
/// </summary>
internal sealed class OnnxEmbeddingGenerator(OnnxEmbeddingOptions options, ModelDownload download) : IEmbeddingGenerator<string, Embedding<float>>
{
    /// <summary>The name in failures.</summary>
    public const string Embedder = "onnx";

    private readonly Lock gate = new();
    private readonly CancellationTokenSource stopping = new();
    private readonly string modelName = options.Model is { Length: > 0 } named ? named : Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(options.Folder)));
    private Task<OnnxModel>? loading;
    private OnnxModel? loaded;

    /// <inheritdoc/>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        var model = await Load().WaitAsync(cancellationToken);
        var (vectors, tokens) = await Task.Run(() => model.Embed(texts, cancellationToken), cancellationToken);
        return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector) { ModelId = modelName }))
        {
            Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    /// <summary>The metadata, whose dimensions are known once the model is read, and the <see cref="Tokenizer"/>, likewise null until then.</summary>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata(Embedder, null, modelName, loaded?.Dimensions)
        : serviceType == typeof(Tokenizer) ? loaded?.Tokenizer
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Frees the model, after the computations that use it now.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            stopping.Cancel();
            loaded?.Dispose();
        }
    }

    private Task<OnnxModel> Load()
    {
        lock (gate)
        {
            ObjectDisposedException.ThrowIf(stopping.IsCancellationRequested, this);
            return loading is null or { IsFaulted: true } or { IsCanceled: true } ? loading = Task.Run(LoadAsync) : loading;
        }
    }

    private async Task<OnnxModel> LoadAsync()
    {
        // Not a caller's token: whoever waits may give up, and the next caller finds the work done.
        await download.EnsureAsync(stopping.Token);
        var model = OnnxModel.Open(options);
        lock (gate)
        {
            if (stopping.IsCancellationRequested)
            {
                model.Dispose();
                throw new OperationCanceledException(stopping.Token);
            }

            return loaded = model;
        }
    }
}
