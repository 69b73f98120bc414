using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Reads rows in the column orders that the statements beside it name.</summary>
internal static class Rows
{
    /// <summary>The columns that <see cref="Message"/> reads, of <c>threads t</c> and <c>messages m</c>.</summary>
    public const string MessageColumns = "t.id, m.position, m.id, m.role, m.name, m.content, m.metadata, m.created_at";

    /// <summary>The columns that <see cref="Thread"/> reads, of <c>threads t join resources r</c>.</summary>
    public const string ThreadColumns = "t.id, r.id, t.title, t.metadata, t.created_at, t.updated_at, t.last_position, t.message_count, t.version, t.time_to_live";

    /// <summary>The columns that <see cref="Operation"/> reads.</summary>
    public const string OperationColumns =
        "id, kind, resource_id, thread_id, payload, status, attempts, error_code, error_message, result, created_at, updated_at";

    public static Message Message(NpgsqlDataReader row, int first = 0) => new()
    {
        ThreadId = row.GetString(first),
        Position = row.GetInt32(first + 1),
        Id = row.GetString(first + 2),
        Role = Role(row.GetString(first + 3)),
        Name = Text(row, first + 4),
        Content = MessageContent.FromStore(row.GetString(first + 5)),
        Metadata = Json(row, first + 6),
        CreatedAt = Time(row, first + 7),
    };

    public static ThreadRecord Thread(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        ResourceId = row.GetString(1),
        Title = Text(row, 2),
        Metadata = Json(row, 3),
        CreatedAt = Time(row, 4),
        UpdatedAt = Time(row, 5),
        LastPosition = row.GetInt32(6),
        MessageCount = row.GetInt32(7),
        Version = row.GetInt64(8),
        TimeToLive = Value<int>(row, 9) is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
    };

    public static Operation Operation(NpgsqlDataReader row) => new()
    {
        Id = row.GetString(0),
        Kind = row.GetString(1),
        ResourceId = Text(row, 2),
        ThreadId = Text(row, 3),
        Payload = Json(row, 4),
        Status = (OperationStatus)row.GetInt16(5),
        Attempts = row.GetInt32(6),
        Error = Text(row, 7) is { } code ? new OperationError(code, row.GetString(8)) : null,
        Result = Json(row, 9),
        CreatedAt = Time(row, 10),
        UpdatedAt = Time(row, 11),
    };

    public static MessageRole Role(string name) =>
        MessageRoles.TryParse(name, out var role) ? role : throw new InvalidDataException($"A stored message has the unknown role '{name}'.");

    public static DateTimeOffset Time(NpgsqlDataReader row, int column) => row.GetFieldValue<DateTimeOffset>(column);

    public static string? Text(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static T? Value<T>(NpgsqlDataReader row, int column)
        where T : struct => row.IsDBNull(column) ? null : row.GetFieldValue<T>(column);

    private static RawJson? Json(NpgsqlDataReader row, int column) => Text(row, column) is { } text ? new RawJson(text) : null;
}
