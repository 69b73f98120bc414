using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Reads rows in the column orders that the statements beside it name.</summary>
internal static class Rows
{
    /// <summary>The columns that <see cref="Message"/> reads.</summary>
    public const string MessageColumns = "key, role, created_at, id, name, metadata, content";

    /// <summary>The columns that <see cref="Thread"/> reads, of <c>threads t join resources r</c>.</summary>
    public const string ThreadColumns =
        "t.id, r.id, t.title, t.metadata, t.created_at, t.updated_at, t.last_position, t.message_count, t.version, t.ttl_seconds";

    /// <summary>Whether the thread ?1 is there and, unless that is null, of the resource ?2.</summary>
    public const string HasThread = $"exists (select 1 from threads where id = ?1 and {IsOf2})";

    /// <summary>Whether a row of <c>threads</c> is of the resource ?2, if that is not null. It costs nothing when it is.</summary>
    public const string IsOf2 = "(?2 is null or resource_key = (select key from resources where id = ?2))";

    /// <summary>The columns that <see cref="Operation"/> reads.</summary>
    public const string OperationColumns =
        "id, kind, resource_id, thread_id, payload, status, attempts, error_code, error_message, result, created_at, updated_at";

    public static Message Message(IRow row, string threadId) => new()
    {
        ThreadId = threadId,
        Position = MessageKey.Position(row.GetInt64(0)),
        Role = Role(row.GetString(1)),
        CreatedAt = Time(row, 2),
        Id = row.GetString(3),
        Name = Text(row, 4),
        Metadata = Json(row, 5),
        Content = MessageContent.FromStore(row.GetString(6)),
    };

    public static ThreadRecord Thread(IRow row) => new()
    {
        Id = row.GetString(0),
        ResourceId = row.GetString(1),
        Title = Text(row, 2),
        Metadata = Json(row, 3),
        CreatedAt = Time(row, 4),
        UpdatedAt = Time(row, 5),
        LastPosition = row.GetInt64(6),
        MessageCount = row.GetInt64(7),
        Version = row.GetInt64(8),
        TimeToLive = row.IsNull(9) ? null : TimeSpan.FromSeconds(row.GetInt64(9)),
    };

    public static Operation Operation(IRow row) => new()
    {
        Id = row.GetString(0),
        Kind = row.GetString(1),
        ResourceId = Text(row, 2),
        ThreadId = row.GetString(3) is { Length: > 0 } threadId ? threadId : null,
        Payload = Json(row, 4),
        Status = (OperationStatus)row.GetInt32(5),
        Attempts = row.GetInt32(6),
        Error = Text(row, 7) is { } code ? new OperationError(code, row.GetString(8)) : null,
        Result = Json(row, 9),
        CreatedAt = Time(row, 10),
        UpdatedAt = Time(row, 11),
    };

    /// <summary>A time to live as it is stored, in seconds.</summary>
    public static long? Seconds(TimeSpan? timeToLive) => (long?)timeToLive?.TotalSeconds;

    public static MessageRole Role(string name) =>
        MessageRoles.TryParse(name, out var role) ? role : throw new InvalidDataException($"A stored message has the unknown role '{name}'.");

    public static DateTimeOffset Time(IRow row, int column) => Timestamps.FromUnixMicroseconds(row.GetInt64(column));

    public static string? Text(IRow row, int column) => row.IsNull(column) ? null : row.GetString(column);

    private static RawJson? Json(IRow row, int column) => Text(row, column) is { } text ? new RawJson(text) : null;
}
