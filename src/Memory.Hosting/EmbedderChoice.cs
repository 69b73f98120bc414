using Memory.Core;
using Microsoft.Extensions.Configuration;

namespace Memory.Hosting;

/// <summary>Which embedder was chosen, and why; the start-up log says so.</summary>
/// <param name="Provider"><c>none</c>, <c>azure-openai</c>, <c>openai</c> or <c>onnx</c>.</param>
/// <param name="Reason">What decided it.</param>
public sealed record EmbedderChoice(string Provider, string Reason)
{
    /// <summary>The setting that decides when it is there.</summary>
    public const string Setting = "Memory:Embedding:Provider";

    /// <summary>Recall by words alone.</summary>
    public const string None = "none";

    /// <summary>Azure OpenAI.</summary>
    public const string AzureOpenAI = "azure-openai";

    /// <summary>OpenAI, or a server that speaks its protocol.</summary>
    public const string OpenAI = "openai";

    /// <summary>A model in this process.</summary>
    public const string Onnx = "onnx";

    private static readonly string[] Providers = [None, AzureOpenAI, OpenAI, Onnx];

    /// <summary>Whether there is one.</summary>
    public bool IsSome => Provider != None;

    /// <summary>Decides: the setting; or Azure OpenAI when its endpoint and deployment are set; or OpenAI when its key is; or none.</summary>
    /// <exception cref="MemoryStoreException">The setting names no embedder.</exception>
    public static EmbedderChoice From(IConfiguration configuration)
    {
        if (configuration[Setting] is { Length: > 0 } named)
        {
            return Providers.Contains(named, StringComparer.OrdinalIgnoreCase)
                ? new EmbedderChoice(named.ToLowerInvariant(), $"{Setting} is set")
                : throw new MemoryStoreException("embedder", "start", isTransient: false,
                    $"'{named}' is no embedder; set Memory__Embedding__Provider to one of {string.Join(", ", Providers)}");
        }

        return IsSet("AZURE_OPENAI_ENDPOINT") && IsSet("AZURE_OPENAI_EMBEDDING_DEPLOYMENT")
            ? new EmbedderChoice(AzureOpenAI, "AZURE_OPENAI_ENDPOINT and AZURE_OPENAI_EMBEDDING_DEPLOYMENT are set")
            : IsSet("OPENAI_API_KEY")
            ? new EmbedderChoice(OpenAI, "OPENAI_API_KEY is set")
            : new EmbedderChoice(None, "nothing is configured");

        bool IsSet(string name) => !string.IsNullOrEmpty(configuration[name]);
    }
}
