using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Embeddings;

/// <summary>An embedding model deployed on Azure OpenAI (configuration: <c>Memory:Embedding:AzureOpenAI</c>).</summary>
public sealed class AzureOpenAIEmbeddingOptions
{
    /// <summary>The resource's address: <c>https://NAME.openai.azure.com</c>, without <c>/openai</c>.</summary>
    [Required(ErrorMessage = "Memory:Embedding:AzureOpenAI:Endpoint is not set: it is the resource's address, https://NAME.openai.azure.com.")]
    [Url(ErrorMessage = "Memory:Embedding:AzureOpenAI:Endpoint is no http or https address.")]
    public string Endpoint { get; set; } = "";

    /// <summary>The resource's key. Empty: the app signs in with its own identity (managed identity, or the developer's sign-in), which needs the role Cognitive Services OpenAI User.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>The deployment's name, chosen when the model was deployed.</summary>
    [Required(ErrorMessage = "Memory:Embedding:AzureOpenAI:Deployment is not set: it is the name under which the embedding model was deployed.")]
    public string Deployment { get; set; } = "";

    /// <summary>The model's name, stamped on every vector. Empty: the deployment's name. Two deployments of one model should say the same here.</summary>
    public string Model { get; set; } = "";

    /// <summary>How many numbers a vector has, for models that can shorten theirs (text-embedding-3-small up to 1,536, -large up to 3,072). 0: the model's own, and nothing is asked for; text-embedding-ada-002 accepts only that.</summary>
    [Between(0, 65_536, ErrorMessage = "Memory:Embedding:AzureOpenAI:Dimensions must be 0 (the model's own) to 65536.")]
    public int Dimensions { get; set; }

    /// <summary>The client id of a user-assigned managed identity, when the app has one and no key is set.</summary>
    public string ManagedIdentityClientId { get; set; } = "";
}

[OptionsValidator]
internal sealed partial class AzureOpenAIEmbeddingOptionsValidator : IValidateOptions<AzureOpenAIEmbeddingOptions>;

/// <summary>What one field cannot say: a token is only ever sent over TLS.</summary>
internal sealed class AzureOpenAIEmbeddingRules : IValidateOptions<AzureOpenAIEmbeddingOptions>
{
    public ValidateOptionsResult Validate(string? name, AzureOpenAIEmbeddingOptions options) =>
        options.ApiKey.Length == 0 && options.Endpoint.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
            ? ValidateOptionsResult.Fail("Memory:Embedding:AzureOpenAI:Endpoint must be https when Memory:Embedding:AzureOpenAI:ApiKey is empty.")
            : ValidateOptionsResult.Success;
}
