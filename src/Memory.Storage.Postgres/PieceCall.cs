using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>A piece of a thread as one call of <c>store_piece</c>, which decides what is there already and what stands in the way. It may be sent again.</summary>
internal static class PieceCall
{
    private const string Write =
        """
        select * from {store_piece}(
            $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29, $30, $31, $32)
        """;

    public static async Task<ArchiveOutcome> RunAsync(PostgresDatabase database, ArchivePiece piece, CancellationToken cancellationToken)
    {
        List<NewMessage> messages = [.. piece.Messages.Select(New)];
        try
        {
            return (await database.ListAsync("write a piece of a thread", Write, () => Parameters(database, piece, messages), Outcome, cancellationToken))[0];
        }
        catch (MemoryStoreException fault) when (fault.InnerException is PostgresException { SqlState: Faults.NoThread })
        {
            return new ArchiveOutcome(0, 0) { IsTaken = true };
        }
    }

    private static NpgsqlParameter[] Parameters(PostgresDatabase database, ArchivePiece piece, List<NewMessage> messages)
    {
        var thread = piece.Thread;

        // Vectors that cannot be stored here are made anew.
        var space = piece.Space is { } given && database.Admits(given) && piece.Messages.Any(message => message.Vectors is not null) ? given : null;
        var vectors = space is null ? VectorRows.Of(null) : new VectorRows(space.Dimensions, piece.Messages.Select(message => message.Vectors));
        return
        [
            Edits.Seconds(thread), Parameter.Text(thread.Id), Parameter.Text(thread.ResourceId), Parameter.Text(thread.Title), Parameter.Text(thread.Metadata?.Text),
            Parameter.Time(thread.CreatedAt), Parameter.Time(thread.UpdatedAt), Parameter.Integer(Number(thread.LastPosition)), Parameter.Bigint(thread.Version),
            Parameter.Boolean(piece.IsLast), Parameter.Time(piece.Now), Parameter.Time(piece.EmbeddingDueAt),
            Parameter.Integers([.. piece.Messages.Select(message => Number(message.Message.Position))]), Parameter.Integers([.. piece.Messages.Select(message => Number(message.Stored.Revision))]),
            .. MessageArrays.Of(messages),
            Parameter.Text(space?.Model), Parameter.Integer(space?.Dimensions), vectors.Vectors(database.VectorType), vectors.Owners(), vectors.Chunks(),
        ];
    }

    private static NewMessage New(ArchivedMessage archived) => new()
    {
        Id = archived.Message.Id,
        Role = archived.Message.Role,
        Name = archived.Message.Name,
        Content = archived.Message.Content,
        CreatedAt = archived.Message.CreatedAt.ToUniversalTime(),
        Metadata = archived.Message.Metadata,
        Fingerprint = archived.Stored.Fingerprint.ToArray(),
        Terms = archived.Terms(),
    };

    // The column's; the function refuses a position that is as large.
    private static int Number(long value) => (int)Math.Min(value, int.MaxValue);

    private static ArchiveOutcome Outcome(NpgsqlDataReader row) => new(row.GetInt32(2), row.GetInt32(3))
    {
        IsTaken = row.GetBoolean(0),
        Conflicts = [.. row.GetFieldValue<int[]>(1).Select(position => (long)position)],
    };
}
