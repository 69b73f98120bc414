using System.Diagnostics;
using System.Numerics.Tensors;
using Memory.Core;
using Npgsql;
using NpgsqlTypes;
using Pgvector;

namespace Memory.Benchmarks.Load;

/// <summary>Npgsql alone: each caller has a connection, and sends a call's rows as one batch, which is one round trip and one transaction.</summary>
internal sealed class PostgresInsert(PostgresBackend backend) : IBareInsert
{
    // The vector stays in its row, where the product has it.
    private const string Table =
        """
        messages (
            key bigint primary key, role text not null, created_at timestamptz not null, revision integer not null, length integer not null, fingerprint uuid not null,
            tokens bigint[], counts integer[], id text collate "C" not null, name text, metadata text, content text, vector public.halfvec storage main)
        """;

    private const string Insert =
        """
        insert into messages (key, role, created_at, revision, length, fingerprint, tokens, counts, id, name, metadata, content, vector)
        values ($1, $2, $3, 1, $4, $5, $6, $7, $8, null, null, $9, $10)
        """;

    /// <inheritdoc/>
    public int MostCallers => 16;

    /// <inheritdoc/>
    public async Task<TimeSpan> WriteAsync(IReadOnlyList<BareRow[]> calls, bool withVectors, int callers, CancellationToken cancellationToken)
    {
        List<object[][]> values = [.. calls.Select(call => call.Select(row => Values(row, withVectors)).ToArray())];
        await using var place = backend.NewSchema();
        await place.CreateAsync(Table, cancellationToken);
        List<NpgsqlConnection> connections = [];
        try
        {
            List<(NpgsqlBatch Batch, object[][][] Calls)> work = [];
            foreach (var share in values.Chunk((calls.Count + callers - 1) / callers))
            {
                connections.Add(await place.ConnectAsync(cancellationToken));
                work.Add((await PreparedAsync(connections[^1], share[0].Length, withVectors, cancellationToken), share));
            }

            var start = Stopwatch.GetTimestamp();
            await Task.WhenAll(work.Select(caller => Task.Run(() => WriteAsync(caller.Batch, caller.Calls, cancellationToken), cancellationToken)));
            return Stopwatch.GetElapsedTime(start);
        }
        finally
        {
            foreach (var connection in connections)
            {
                await connection.DisposeAsync();
            }
        }
    }

    private static async Task WriteAsync(NpgsqlBatch batch, object[][][] calls, CancellationToken cancellationToken)
    {
        foreach (var call in calls)
        {
            for (var row = 0; row < call.Length; row++)
            {
                var parameters = batch.BatchCommands[row].Parameters;
                for (var i = 0; i < parameters.Count; i++)
                {
                    parameters[i].Value = call[row][i];
                }
            }

            await batch.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private static async Task<NpgsqlBatch> PreparedAsync(NpgsqlConnection connection, int rows, bool withVectors, CancellationToken cancellationToken)
    {
        var batch = new NpgsqlBatch(connection);
        for (var row = 0; row < rows; row++)
        {
            var command = new NpgsqlBatchCommand(withVectors ? Insert : Insert.Replace("$10", "null", StringComparison.Ordinal));
            NpgsqlDbType[] types =
            [
                NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.TimestampTz, NpgsqlDbType.Integer, NpgsqlDbType.Uuid, NpgsqlDbType.Array | NpgsqlDbType.Bigint,
                NpgsqlDbType.Array | NpgsqlDbType.Integer, NpgsqlDbType.Text, NpgsqlDbType.Text,
            ];
            command.Parameters.AddRange(types.Select(type => new NpgsqlParameter { NpgsqlDbType = type }).ToArray());
            if (withVectors)
            {
                command.Parameters.Add(new NpgsqlParameter { DataTypeName = "halfvec" });
            }

            batch.BatchCommands.Add(command);
        }

        await batch.PrepareAsync(cancellationToken);
        return batch;
    }

    // In the order of the parameters. Terms have the size they have in the product: eight bytes each, and a count for those that occur more than once.
    private static object[] Values(BareRow row, bool withVectors)
    {
        List<long> tokens = [];
        List<int> counts = [];
        var length = 0;
        var reader = TermCounts.Read(row.Message.Terms);
        while (reader.MoveNext())
        {
            var hash = new HashCode();
            hash.AddBytes(reader.Term);
            tokens.Add((1L << 32) | (uint)hash.ToHashCode());
            length += reader.Count;
            if (reader.Count > 1)
            {
                counts.Add(reader.Count);
            }
        }

        var message = row.Message;
        return
        [
            (long)row.Key, message.Role.Name(), message.CreatedAt.UtcDateTime, length, new Guid(message.Fingerprint, bigEndian: true), tokens.ToArray(), counts.ToArray(), message.Id,
            message.Content.Json.Text, .. withVectors ? (object[])[Half(row.Vector.Span)] : [],
        ];
    }

    private static HalfVector Half(ReadOnlySpan<float> values)
    {
        var half = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, half);
        return new HalfVector(half);
    }
}
