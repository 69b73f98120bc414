using Memory.Core;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.Tokenizers;

namespace Memory.Embeddings;

/// <summary>A BERT model and its tokenizer, read from a folder. Safe to use from several threads.</summary>
internal sealed class OnnxModel : IDisposable
{
    private readonly OnnxEmbeddingOptions options;
    private readonly InferenceSession session;
    private readonly BertTokenizer tokenizer;
    private readonly string output;
    private readonly ReaderWriterLockSlim inUse = new();
    private bool isDisposed;

    private OnnxModel(OnnxEmbeddingOptions options, InferenceSession session, BertTokenizer tokenizer)
    {
        (this.options, this.session, this.tokenizer) = (options, session, tokenizer);
        output = ModelShape.ChooseOutput(session.OutputNames, session.OutputMetadata);
        ModelShape.CheckInputs(session.InputMetadata);
        Dimensions = session.OutputMetadata[output].Dimensions[^1] is > 0 and var dimensions ? dimensions : null;
    }

    /// <summary>How many numbers a vector has; null while the model does not say and nothing was computed.</summary>
    public int? Dimensions { get; private set; }

    /// <summary>What cuts texts into the model's tokens.</summary>
    public Tokenizer Tokenizer => tokenizer;

    /// <summary>Reads the model.</summary>
    /// <exception cref="EmbeddingException">A file is missing or is not what it should be.</exception>
    public static OnnxModel Open(OnnxEmbeddingOptions options)
    {
        using var settings = new SessionOptions
        {
            IntraOpNumThreads = options.Threads,
            LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL, // the runtime writes to the console, which is the host's; failures arrive as exceptions
        };
        InferenceSession? session = null;
        try
        {
            // Accents are dropped with the case, as the models' own tokenizer does (BertTokenizer's strip_accents follows do_lower_case).
            var tokenizer = BertTokenizer.Create(
                Path.Combine(options.Folder, ModelDownload.Vocabulary),
                new BertOptions { LowerCaseBeforeTokenization = options.LowerCase, RemoveNonSpacingMarks = options.LowerCase });
            session = new InferenceSession(Path.Combine(options.Folder, ModelDownload.Model), settings);
            return new OnnxModel(options, session, tokenizer);
        }
        catch (Exception exception) when (exception is OnnxRuntimeException or IOException or UnauthorizedAccessException or ArgumentException or InvalidOperationException)
        {
            session?.Dispose();
            throw new EmbeddingException(OnnxEmbeddingGenerator.Embedder, isTransient: false, "the files in Memory:Embedding:Onnx:Folder are no embedding model with its vocabulary", inner: exception);
        }
        catch (EmbeddingException)
        {
            session?.Dispose();
            throw;
        }
    }

    /// <summary>A vector of length 1 for each text, and how many tokens were read.</summary>
    public (float[][] Vectors, long Tokens) Embed(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        inUse.EnterReadLock();
        try
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            var tokens = texts.Select(text => tokenizer.EncodeToIds(text, options.MaxTokens, out _, out _)).ToArray();
            var vectors = new float[texts.Count][];

            // Texts of like length together: a batch is computed as if each were as long as its longest.
            foreach (var batch in Enumerable.Range(0, texts.Count).OrderBy(i => tokens[i].Count).Chunk(options.BatchSize))
            {
                cancellationToken.ThrowIfCancellationRequested();
                var made = Compute(Array.ConvertAll(batch, i => tokens[i]), cancellationToken);
                for (var i = 0; i < batch.Length; i++)
                {
                    vectors[batch[i]] = made[i];
                }
            }

            return (vectors, tokens.Sum(text => (long)text.Count));
        }
        finally
        {
            inUse.ExitReadLock();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        inUse.EnterWriteLock();
        isDisposed = true;
        session.Dispose();
        inUse.ExitWriteLock();
    }

    private float[][] Compute(IReadOnlyList<int>[] texts, CancellationToken cancellationToken)
    {
        using var inputs = new ModelInputs(texts, tokenizer.PaddingTokenId, session.InputMetadata.Keys);
        using var run = new RunOptions();
        using var stop = cancellationToken.Register(() => run.Terminate = true);
        try
        {
            using var outputs = session.Run(run, inputs.Names, inputs.Values, [output]);
            var shape = outputs[0].GetTensorTypeAndShape().Shape;
            Dimensions ??= (int)shape[^1];
            return TokenPooling.Pool(outputs[0].GetTensorDataAsSpan<float>(), shape, Array.ConvertAll(texts, text => text.Count), options.Pooling);
        }
        catch (OnnxRuntimeException exception)
        {
            cancellationToken.ThrowIfCancellationRequested();
            throw new EmbeddingException(OnnxEmbeddingGenerator.Embedder, isTransient: false, "the model cannot compute these texts; is Memory:Embedding:Onnx:MaxTokens more than it can read?", inner: exception);
        }
    }
}
