using System.Text;

namespace Memory.Embeddings.Tests;

/// <summary>Writes a protocol buffers message: enough of https://protobuf.dev/programming-guides/encoding for an ONNX model.</summary>
internal sealed class Protobuf
{
    private readonly List<byte> bytes = [];

    public Protobuf Number(int field, long value)
    {
        Varint((field << 3) | 0);
        Varint(value);
        return this;
    }

    public Protobuf Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

    public Protobuf Message(int field, Protobuf value) => Bytes(field, value.ToArray());

    public Protobuf Bytes(int field, ReadOnlySpan<byte> value)
    {
        Varint((field << 3) | 2);
        Varint(value.Length);
        bytes.AddRange(value);
        return this;
    }

    public byte[] ToArray() => [.. bytes];

    private void Varint(long value)
    {
        var rest = (ulong)value;
        for (; rest > 0x7f; rest >>= 7)
        {
            bytes.Add((byte)(rest | 0x80));
        }

        bytes.Add((byte)rest);
    }
}
