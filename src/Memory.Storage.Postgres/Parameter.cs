using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace Memory.Storage.Postgres;

/// <summary>Typed parameters, so that null too has a type.</summary>
internal static class Parameter
{
    public static NpgsqlParameter Text(string? value) => Of(value, NpgsqlDbType.Text);

    public static NpgsqlParameter Texts(IReadOnlyCollection<string?>? values) => Of(values?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameter Json(string? value) => Of(value, NpgsqlDbType.Jsonb);

    public static NpgsqlParameter Integer(int? value) => Of(value, NpgsqlDbType.Integer);

    public static NpgsqlParameter Integers(int[]? values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Integer);

    public static NpgsqlParameter Smallints(short[]? values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Smallint);

    public static NpgsqlParameter Bigint(long? value) => Of(value, NpgsqlDbType.Bigint);

    public static NpgsqlParameter Bigints(long[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameter Boolean(bool value) => Of(value, NpgsqlDbType.Boolean);

    public static NpgsqlParameter Double(double value) => Of(value, NpgsqlDbType.Double);

    public static NpgsqlParameter Doubles(double[]? values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Double);

    public static NpgsqlParameter Bytes(byte[] value) => Of(value, NpgsqlDbType.Bytea);

    /// <summary>UTC whatever its offset was: the driver takes nothing else.</summary>
    public static NpgsqlParameter Time(DateTimeOffset? value) => Of(value?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Times(DateTimeOffset[] values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    public static NpgsqlParameter Uuid(Guid value) => Of(value, NpgsqlDbType.Uuid);

    public static NpgsqlParameter Uuids(Guid[]? values) => Of(values, NpgsqlDbType.Array | NpgsqlDbType.Uuid);

    /// <summary>A fingerprint as the 16 bytes that PostgreSQL keeps smallest.</summary>
    public static Guid Uuid(ReadOnlySpan<byte> fingerprint) => new(fingerprint, bigEndian: true);

    /// <summary>A vector; null for none.</summary>
    public static NpgsqlParameter Vector(VectorType type, ReadOnlyMemory<float>? values) => type == VectorType.HalfVec
        ? new NpgsqlParameter { Value = values is { } half ? Half(half.Span) : DBNull.Value, DataTypeName = "halfvec" }
        : new NpgsqlParameter { Value = values is { } full ? new Vector(full) : DBNull.Value, DataTypeName = "vector" };

    /// <summary>Vectors.</summary>
    public static NpgsqlParameter Vectors(VectorType type, IReadOnlyList<ReadOnlyMemory<float>?> vectors) => type == VectorType.HalfVec
        ? new NpgsqlParameter { Value = vectors.Select(vector => vector is { } half ? Half(half.Span) : null).ToArray(), DataTypeName = "halfvec[]" }
        : new NpgsqlParameter { Value = vectors.Select(vector => vector is { } full ? new Vector(full) : null).ToArray(), DataTypeName = "vector[]" };

    private static HalfVector Half(ReadOnlySpan<float> values)
    {
        var half = new Half[values.Length];
        System.Numerics.Tensors.TensorPrimitives.ConvertToHalf(values, half);
        return new HalfVector(half);
    }

    private static NpgsqlParameter Of(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };
}
