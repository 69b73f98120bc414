using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Memory.Core;
using Microsoft.Extensions.Logging;

namespace Memory.Embeddings;

/// <summary>
/// Sees that the model's files are there, and fetches those that are missing when an address is set. A file gets its name only when it has arrived whole and
/// is the expected one, so several processes may fetch at once: each has a file of its own, and the first to finish wins.
/// </summary>
internal sealed partial class ModelDownload(HttpClient http, OnnxEmbeddingOptions options, TimeProvider clock, ILogger<ModelDownload> logger)
{
    /// <summary>The model's file.</summary>
    public const string Model = "model.onnx";

    /// <summary>The tokens' file.</summary>
    public const string Vocabulary = "vocab.txt";

    /// <summary>How long a transfer may stand still.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Returns when both files are there.</summary>
    /// <exception cref="EmbeddingException">They are not and cannot be fetched; the reason says what to do.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        foreach (var (file, sha256) in new[] { (Vocabulary, options.VocabSha256), (Model, options.ModelSha256) })
        {
            var path = Path.Combine(options.Folder, file);
            if (File.Exists(path))
            {
                continue;
            }

            if (options.DownloadUrl.Length == 0)
            {
                throw Failure(isTransient: false, $"there is no {file} in Memory:Embedding:Onnx:Folder; put it there, or set Memory:Embedding:Onnx:DownloadUrl");
            }

            await FetchAsync(file, path, sha256, cancellationToken);
        }
    }

    private async Task FetchAsync(string file, string path, string sha256, CancellationToken cancellationToken)
    {
        var partial = $"{path}.{Guid.NewGuid():N}.part";
        using var stalled = new CancellationTokenSource(Patience, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stalled.Token);
        try
        {
            Directory.CreateDirectory(options.Folder);
            var actual = await TransferAsync(file, partial, stalled, either.Token);
            if (!actual.Equals(sha256, StringComparison.OrdinalIgnoreCase))
            {
                throw Failure(isTransient: false, $"the {file} at Memory:Embedding:Onnx:DownloadUrl is not the expected one: its SHA-256 is {actual}; correct the address or the hash");
            }

            Publish(partial, path);
            Log.Fetched(logger, file);
        }
        catch (OperationCanceledException exception) when (!cancellationToken.IsCancellationRequested)
        {
            throw Failure(isTransient: true, $"the transfer of {file} stood still for {Patience.TotalSeconds:0} seconds", exception);
        }
        catch (HttpRequestException exception)
        {
            var isTransient = exception.StatusCode is null or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError;
            var cause = exception.StatusCode is { } status ? $"the server answered {(int)status}" : "the server cannot be reached";
            throw Failure(isTransient, $"{file} cannot be fetched from Memory:Embedding:Onnx:DownloadUrl: {cause}; without a network, copy model.onnx and vocab.txt into Memory:Embedding:Onnx:Folder", exception);
        }
        catch (IOException exception) when (exception is HttpIOException || exception.InnerException is SocketException)
        {
            throw Failure(isTransient: true, $"the transfer of {file} broke off", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Failure(isTransient: false, $"{file} cannot be written to Memory:Embedding:Onnx:Folder", exception);
        }
        finally
        {
            if (File.Exists(partial))
            {
                File.Delete(partial);
            }
        }
    }

    // The SHA-256 of what arrived.
    private async Task<string> TransferAsync(string file, string partial, CancellationTokenSource stalled, CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync(new Uri($"{options.DownloadUrl.TrimEnd('/')}/{file}"), HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        response.EnsureSuccessStatusCode();
        var progress = new DownloadProgress(file, response.Content.Headers.ContentLength, logger);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var source = await response.Content.ReadAsStreamAsync(cancellationToken);
        await using var target = new FileStream(partial, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        var buffer = new byte[128 * 1024];
        for (int read; (read = await source.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            stalled.CancelAfter(Patience);
            hash.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), cancellationToken);
            progress.Add(read);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Publish(string partial, string path)
    {
        try
        {
            File.Move(partial, path);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another was faster; its file has the same hash.
        }
    }

    private static EmbeddingException Failure(bool isTransient, string reason, Exception? cause = null) => new(OnnxEmbeddingGenerator.Embedder, isTransient, reason, inner: cause);

    private static partial class Log
    {
        [LoggerMessage(EventId = 1, Level = LogLevel.Information, Message = "{File} of the embedding model is in place.")]
        public static partial void Fetched(ILogger logger, string file);
    }
}
