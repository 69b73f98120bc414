namespace Memory.Mastra;

/// <summary>Mastra's tables as they are at one moment, wherever they are.</summary>
internal interface IMastraTables : IAsyncDisposable
{
    /// <summary>Every resource with each of its threads, by resource and time of creation, and behind each thread its messages in order.</summary>
    IAsyncEnumerable<MastraRow> ReadAsync(CancellationToken cancellationToken);

    Task<long> CountMessagesWithoutThreadAsync(CancellationToken cancellationToken);

    /// <summary>Rows of observational memory; 0 where there is no such table.</summary>
    Task<long> CountObservationsAsync(CancellationToken cancellationToken);
}

internal abstract record MastraRow;

/// <summary>A resource and one of its threads.</summary>
/// <param name="ResourceId">As it stands there; empty for nobody.</param>
/// <param name="Resource">Its row; null when only threads name it.</param>
/// <param name="Thread">Null for a resource without threads.</param>
internal sealed record HeadRow(string ResourceId, ResourceRow? Resource, ThreadRow? Thread) : MastraRow;

/// <summary>A row of <c>mastra_resources</c>; a time that cannot be read is null, here and below.</summary>
internal sealed record ResourceRow(string? WorkingMemory, string? Metadata, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt);

/// <summary>A row of <c>mastra_threads</c>, and how many messages name it.</summary>
internal sealed record ThreadRow(string Id, string? Title, string? Metadata, DateTimeOffset? CreatedAt, DateTimeOffset? UpdatedAt, long Messages);

/// <summary>A row of <c>mastra_messages</c>.</summary>
internal sealed record MessageRow(string Id, string? ResourceId, string Role, string Type, string Content, DateTimeOffset? CreatedAt) : MastraRow;
