using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Embeddings;

/// <summary>OpenAI, or any server that speaks its API (configuration: <c>Memory:Embedding:OpenAI</c>).</summary>
public sealed class OpenAIEmbeddingOptions
{
    /// <summary>The address before <c>/embeddings</c>: OpenAI's, or <c>http://localhost:11434/v1</c> for an Ollama beside this process.</summary>
    [Required(ErrorMessage = "Memory:Embedding:OpenAI:Url is not set: it is the address before /embeddings, https://api.openai.com/v1.")]
    [Url(ErrorMessage = "Memory:Embedding:OpenAI:Url is no http or https address.")]
    public string Url { get; set; } = "https://api.openai.com/v1";

    /// <summary>The key. Empty for servers that ask for none.</summary>
    public string ApiKey { get; set; } = "";

    /// <summary>The model to ask for; stamped on every vector.</summary>
    [Required(ErrorMessage = "Memory:Embedding:OpenAI:Model is not set.")]
    public string Model { get; set; } = "text-embedding-3-small";

    /// <summary>How many numbers a vector has, for models that can shorten theirs. 0: the model's own, and nothing is asked for.</summary>
    [Between(0, 65_536, ErrorMessage = "Memory:Embedding:OpenAI:Dimensions must be 0 (the model's own) to 65536.")]
    public int Dimensions { get; set; }
}

[OptionsValidator]
internal sealed partial class OpenAIEmbeddingOptionsValidator : IValidateOptions<OpenAIEmbeddingOptions>;
