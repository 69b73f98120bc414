using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Memory.Embeddings;

/// <summary>An embedding model that runs in this process (configuration: <c>Memory:Embedding:Onnx</c>).</summary>
public sealed class OnnxEmbeddingOptions
{
    /// <summary>The folder with <c>model.onnx</c> and <c>vocab.txt</c>, as FastEmbed and sentence-transformers publish BERT models.</summary>
    [Required(ErrorMessage = "Memory:Embedding:Onnx:Folder is not set: it is the folder with model.onnx and vocab.txt.")]
    public string Folder { get; set; } = "";

    /// <summary>The model's name, stamped on every vector. Empty: the folder's name.</summary>
    public string Model { get; set; } = "";

    /// <summary>How a text's vector is made from its tokens'; the model's card says which it was trained for (BGE: Cls; MiniLM, E5, GTE: Mean).</summary>
    [EnumDataType(typeof(Pooling), ErrorMessage = "Memory:Embedding:Onnx:Pooling must be Mean or Cls.")]
    public Pooling Pooling { get; set; } = Pooling.Mean;

    /// <summary>The most tokens the model reads, its two marks included; the rest of a longer text is left out. BERT models have 512 positions.</summary>
    [Between(3, 8192, ErrorMessage = "Memory:Embedding:Onnx:MaxTokens must be 3 to 8192.")]
    public int MaxTokens { get; set; } = 512;

    /// <summary>How many texts the model reads at once. More take more memory.</summary>
    [Between(1, 1024, ErrorMessage = "Memory:Embedding:Onnx:BatchSize must be 1 to 1024.")]
    public int BatchSize { get; set; } = 16;

    /// <summary>How many threads compute one batch. 0: one per core.</summary>
    [Between(0, 1024, ErrorMessage = "Memory:Embedding:Onnx:Threads must be 0 (all cores) to 1024.")]
    public int Threads { get; set; }

    /// <summary>Whether the model was trained on lower case without accents ("uncased"), as most are.</summary>
    public bool LowerCase { get; set; } = true;

    /// <summary>The address of a folder from which files that are missing are fetched, once: <c>https://huggingface.co/NAME/MODEL/resolve/main</c>. Empty: nothing is fetched.</summary>
    public string DownloadUrl { get; set; } = "";

    /// <summary>The SHA-256 of the <c>model.onnx</c> to fetch, in hexadecimal.</summary>
    [RegularExpression("([0-9a-fA-F]{64})?", ErrorMessage = "Memory:Embedding:Onnx:ModelSha256 must be 64 hexadecimal digits.")]
    public string ModelSha256 { get; set; } = "";

    /// <summary>The SHA-256 of the <c>vocab.txt</c> to fetch, in hexadecimal.</summary>
    [RegularExpression("([0-9a-fA-F]{64})?", ErrorMessage = "Memory:Embedding:Onnx:VocabSha256 must be 64 hexadecimal digits.")]
    public string VocabSha256 { get; set; } = "";
}

/// <summary>How a text's vector is made from the vectors of its tokens.</summary>
public enum Pooling
{
    /// <summary>Their mean.</summary>
    Mean,

    /// <summary>The first one's, which stands for the whole text.</summary>
    Cls,
}

[OptionsValidator]
internal sealed partial class OnnxEmbeddingOptionsValidator : IValidateOptions<OnnxEmbeddingOptions>;

/// <summary>What one field cannot say: a file is fetched only when it is known what must arrive.</summary>
internal sealed class OnnxEmbeddingRules : IValidateOptions<OnnxEmbeddingOptions>
{
    public ValidateOptionsResult Validate(string? name, OnnxEmbeddingOptions options)
    {
        if (options.DownloadUrl.Length == 0)
        {
            return ValidateOptionsResult.Success;
        }

        List<string> failures = [];
        if (!Uri.TryCreate(options.DownloadUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            failures.Add("Memory:Embedding:Onnx:DownloadUrl is no http or https address.");
        }

        if (options.ModelSha256.Length == 0)
        {
            failures.Add("Memory:Embedding:Onnx:ModelSha256 is needed with Memory:Embedding:Onnx:DownloadUrl.");
        }

        if (options.VocabSha256.Length == 0)
        {
            failures.Add("Memory:Embedding:Onnx:VocabSha256 is needed with Memory:Embedding:Onnx:DownloadUrl.");
        }

        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }
}
