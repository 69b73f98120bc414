using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Azure.Identity;
using Memory.Core;
using Microsoft.Extensions.AI;
using EmbeddingClient = OpenAI.Embeddings.EmbeddingClient;

namespace Memory.Embeddings;

/// <summary>
/// Asks OpenAI, Azure OpenAI or a server like them, with one request per call. Every failure is an <see cref="EmbeddingException"/>.
/// The client is made at the first call; the connection under it is the caller's.
/// </summary>
internal sealed class OpenAIEmbeddingGenerator(EmbeddingService service, Func<EmbeddingClient> connect, TimeProvider clock)
    : IEmbeddingGenerator<string, Embedding<float>>
{
    // A failed attempt to make the client is not remembered.
    private readonly Lazy<EmbeddingClient> client = new(connect, LazyThreadSafetyMode.PublicationOnly);

    /// <inheritdoc/>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        string[] texts = [.. values];
        var dimensions = options?.Dimensions ?? service.Dimensions;
        var request = new EmbeddingRequest(texts, service.Target, "base64", dimensions);
        var response = await SendAsync(JsonSerializer.SerializeToUtf8Bytes(request, EmbeddingJson.Default.EmbeddingRequest), cancellationToken);
        return response.IsError ? throw ServiceFailures.Translate(service, response, clock.GetUtcNow()) : Read(response, texts.Length, dimensions);
    }

    /// <inheritdoc/>
    public object? GetService(Type serviceType, object? serviceKey = null) => serviceKey is not null ? null
        : serviceType == typeof(EmbeddingGeneratorMetadata) ? new EmbeddingGeneratorMetadata(service.Embedder, service.Endpoint, service.Model, service.Dimensions)
        : serviceType.IsInstanceOfType(this) ? this
        : null;

    /// <summary>Nothing to free: the connection belongs to whoever gave it.</summary>
    public void Dispose()
    {
    }

    private async Task<PipelineResponse> SendAsync(byte[] body, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(service.Timeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        using var content = BinaryContent.Create(BinaryData.FromBytes(body));
        try
        {
            var request = new RequestOptions { CancellationToken = either.Token, ErrorOptions = ClientErrorBehaviors.NoThrow };
            return (await client.Value.GenerateEmbeddingsAsync(content, request)).GetRawResponse();
        }
        catch (OperationCanceledException exception) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw Failure(isTransient: true, $"no answer within {service.Timeout.TotalSeconds:0.#} seconds", exception);
        }
        catch (AuthenticationFailedException exception)
        {
            // Without any identity nothing changes by itself; an identity that exists may have met a fault of the sign-in service.
            throw Failure(exception is not CredentialUnavailableException, $"the app cannot sign in; set {service.Section}:ApiKey, or give the app an identity that may use the service", exception);
        }
        catch (Exception exception) when (exception is ClientResultException or HttpRequestException or IOException)
        {
            throw Failure(isTransient: true, "the connection to the service failed", exception);
        }
    }

    private GeneratedEmbeddings<Embedding<float>> Read(PipelineResponse response, int count, int? dimensions)
    {
        EmbeddingReply? reply;
        try
        {
            reply = JsonSerializer.Deserialize(response.Content, EmbeddingJson.Default.EmbeddingReply);
        }
        catch (JsonException exception)
        {
            throw Failure(isTransient: true, "the service's answer cannot be read", exception);
        }

        var vectors = new float[count][];
        foreach (var item in reply?.Data ?? [])
        {
            if (item is { Index: { } index, Embedding: { } vector } && index >= 0 && index < count)
            {
                vectors[index] = vector;
            }
        }

        if (vectors.Contains(null) || reply?.Data?.Count != count)
        {
            throw Failure(isTransient: true, "the service's answer has not one vector for each text");
        }

        foreach (var vector in vectors)
        {
            if (vector.Length != (dimensions ?? vectors[0].Length))
            {
                throw Failure(isTransient: false, $"the service made a vector of {vector.Length} numbers where {dimensions ?? vectors[0].Length} were expected; check {service.Section}:Dimensions");
            }

            UnitVector.Normalize(vector, service.Embedder);
        }

        return new GeneratedEmbeddings<Embedding<float>>(vectors.Select(vector => new Embedding<float>(vector) { ModelId = service.Model }))
        {
            Usage = reply.Usage is { } usage ? new UsageDetails { InputTokenCount = usage.PromptTokens, TotalTokenCount = usage.PromptTokens } : null,
        };
    }

    private EmbeddingException Failure(bool isTransient, string reason, Exception? cause = null) => new(service.Embedder, isTransient, reason, inner: cause);
}
