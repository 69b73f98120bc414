using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Indexes the words of messages for a server that was given a file; nothing to do for a file, or once it is done.</summary>
public sealed class WordUpkeep(LibSqlDatabase database) : IUpkeep
{
    /// <inheritdoc/>
    public Task RunAsync(CancellationToken cancellationToken = default) =>
        database.KeepsWords ? WordIndex.FillAsync(database, int.MaxValue, cancellationToken) : Task.CompletedTask;
}
