using System.ClientModel;
using System.ClientModel.Primitives;
using Azure.AI.OpenAI;
using Azure.Core;
using Azure.Identity;
using OpenAI;
using OpenAI.Embeddings;

namespace Memory.Embeddings;

/// <summary>Makes the SDKs' clients: no retries and no time limit of their own, over a connection that stays the caller's.</summary>
internal static class EmbeddingClients
{
    /// <summary>A client for an Azure deployment, with the key or else the app's identity.</summary>
    public static EmbeddingClient Azure(AzureOpenAIEmbeddingOptions options, HttpClient http) => options.ApiKey.Length > 0
        ? new AzureOpenAIClient(new Uri(options.Endpoint), new ApiKeyCredential(options.ApiKey), Plain(new AzureOpenAIClientOptions(), http)).GetEmbeddingClient(options.Deployment)
        : Azure(options, http, new DefaultAzureCredential(new DefaultAzureCredentialOptions
        {
            ManagedIdentityClientId = options.ManagedIdentityClientId is { Length: > 0 } id ? id : null,
        }));

    /// <summary>A client for an Azure deployment that signs in as somebody.</summary>
    public static EmbeddingClient Azure(AzureOpenAIEmbeddingOptions options, HttpClient http, TokenCredential identity) =>
        new AzureOpenAIClient(new Uri(options.Endpoint), identity, Plain(new AzureOpenAIClientOptions(), http)).GetEmbeddingClient(options.Deployment);

    /// <summary>A client for OpenAI or a server like it.</summary>
    public static EmbeddingClient OpenAI(OpenAIEmbeddingOptions options, HttpClient http)
    {
        // The SDK takes no empty key; servers without keys ignore the header.
        var key = new ApiKeyCredential(options.ApiKey is { Length: > 0 } given ? given : "none");
        return new EmbeddingClient(options.Model, key, Plain(new OpenAIClientOptions { Endpoint = new Uri(options.Url) }, http));
    }

    // Retries are RetryingEmbeddingGenerator's and the time limit is OpenAIEmbeddingGenerator's: both follow the service's clock and can be tested.
    private static TOptions Plain<TOptions>(TOptions options, HttpClient http)
        where TOptions : ClientPipelineOptions
    {
        options.Transport = new HttpClientPipelineTransport(http);
        options.RetryPolicy = new ClientRetryPolicy(maxRetries: 0);
        options.NetworkTimeout = Timeout.InfiniteTimeSpan;
        return options;
    }
}
