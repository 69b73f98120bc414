using System.Runtime.InteropServices;

namespace Memory.Embeddings.Tests;

/// <summary>A model with one row of numbers per token, in a folder of its own. Numbers of fields are those of onnx.proto3.</summary>
internal sealed class TinyModel : IDisposable
{
    public const int Dimensions = 8;
    private const int Float = 1, Int64 = 7;

    public static IReadOnlyList<string> Vocabulary { get; } = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "one", "two", "three", "four", "five", "ete", "One", "##s", "."];

    public string Folder { get; } = Directory.CreateTempSubdirectory("memory-onnx-").FullName;

    // No row is zero, that of padding neither: padding that counts would show.
    public static float[] Row(string token)
    {
        var random = new Random(Vocabulary.ToList().IndexOf(token) + 1);
        return [.. Enumerable.Range(0, Dimensions).Select(_ => (float)random.NextDouble() - 0.5f)];
    }

    /// <summary>What a text's vector must be: the direction of the sum of its tokens' rows.</summary>
    public static float[] VectorOf(params IEnumerable<string> tokens)
    {
        var sum = tokens.Select(Row).Aggregate((left, right) => [.. left.Zip(right, (a, b) => a + b)]);
        var length = MathF.Sqrt(sum.Sum(value => value * value));
        return Array.ConvertAll(sum, value => value / length);
    }

    public TinyModel WithVocabulary(string lineEnd = "\n")
    {
        File.WriteAllText(Path.Combine(Folder, "vocab.txt"), string.Concat(Vocabulary.Select(token => token + lineEnd)));
        return this;
    }

    public TinyModel With(byte[] model)
    {
        File.WriteAllBytes(Path.Combine(Folder, "model.onnx"), model);
        return this;
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);

    /// <summary>A vector per token; the output comes after another one that is no vector.</summary>
    public static byte[] PerToken(string output = "last_hidden_state", params string[] inputs) => Model(
        inputs.Length == 0 ? ["input_ids", "attention_mask"] : inputs,
        [Node("Cast", ["input_ids"], "scores", ("to", Float)), Node("Gather", ["table", "input_ids"], output)],
        [Value("scores", Float, 0, 0), Value(output, Float, 0, 0, Dimensions)]);

    /// <summary>A vector per text, made in the model from the tokens that the mask says count, and their types.</summary>
    public static byte[] PerText() => Model(
        ["input_ids", "attention_mask", "token_type_ids"],
        [
            Node("Gather", ["table", "input_ids"], "words"),
            Node("Gather", ["types", "token_type_ids"], "kinds"),
            Node("Add", ["words", "kinds"], "tokens"),
            Node("Cast", ["attention_mask"], "mask", ("to", Float)),
            Node("Unsqueeze", ["mask", "last"], "column"),
            Node("Mul", ["tokens", "column"], "counted"),
            Node("ReduceSum", ["counted", "middle"], "sentence_embedding", ("keepdims", 0)),
        ],
        [Value("sentence_embedding", Float, 0, 0)]);

    /// <summary>No embedding model: it gives the tokens back.</summary>
    public static byte[] Echo() => Model(["input_ids"], [Node("Identity", ["input_ids"], "echo")], [Value("echo", Int64, 0, 0)]);

    private static byte[] Model(IEnumerable<string> inputs, IEnumerable<Protobuf> nodes, IEnumerable<Protobuf> outputs)
    {
        Protobuf graph = new();
        foreach (var node in nodes)
        {
            graph.Message(1, node);
        }

        graph.Text(2, "tiny")
            .Message(5, Tensor("table", Float, MemoryMarshal.AsBytes<float>(Vocabulary.SelectMany(Row).ToArray()), Vocabulary.Count, Dimensions))
            .Message(5, Tensor("types", Float, new byte[2 * Dimensions * sizeof(float)], 2, Dimensions))
            .Message(5, Tensor("last", Int64, MemoryMarshal.AsBytes<long>([2L]), 1))
            .Message(5, Tensor("middle", Int64, MemoryMarshal.AsBytes<long>([1L]), 1));
        foreach (var input in inputs)
        {
            graph.Message(11, Value(input, Int64, 0, 0));
        }

        foreach (var output in outputs)
        {
            graph.Message(12, output);
        }

        return new Protobuf().Number(1, 8).Message(7, graph).Message(8, new Protobuf().Number(2, 13)).ToArray();
    }

    private static Protobuf Node(string operation, string[] inputs, string output, params (string Name, long Value)[] attributes)
    {
        Protobuf node = new();
        foreach (var input in inputs)
        {
            node.Text(1, input);
        }

        node.Text(2, output).Text(3, output).Text(4, operation);
        foreach (var (name, value) in attributes)
        {
            node.Message(5, new Protobuf().Text(1, name).Number(3, value).Number(20, 2));
        }

        return node;
    }

    private static Protobuf Tensor(string name, int type, ReadOnlySpan<byte> content, params long[] dimensions)
    {
        Protobuf tensor = new();
        foreach (var dimension in dimensions)
        {
            tensor.Number(1, dimension);
        }

        return tensor.Number(2, type).Text(8, name).Bytes(9, content);
    }

    // A dimension of 0 is one that is known only when it runs.
    private static Protobuf Value(string name, int type, params int[] dimensions)
    {
        Protobuf shape = new();
        foreach (var (place, dimension) in dimensions.Index())
        {
            shape.Message(1, dimension == 0 ? new Protobuf().Text(2, $"{name}_{place}") : new Protobuf().Number(1, dimension));
        }

        return new Protobuf().Text(1, name).Message(2, new Protobuf().Message(1, new Protobuf().Number(1, type).Message(2, shape)));
    }
}
