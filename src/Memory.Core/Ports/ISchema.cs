namespace Memory.Core;

/// <summary>The schema of a backend that has one.</summary>
public interface ISchema
{
    /// <summary>The statements that make it, for somebody to read or to apply by hand. Nothing is connected to.</summary>
    string Script();

    /// <summary>Brings the schema to the version that this program knows, or finds it there.</summary>
    /// <exception cref="MemoryStoreException">It cannot be made, or a newer program has made it.</exception>
    Task<SchemaChange> ApplyAsync(CancellationToken cancellationToken = default);
}

/// <summary>What became of a schema.</summary>
/// <param name="From">The version that was there; 0 when there was none.</param>
/// <param name="To">The version that is there now.</param>
public sealed record SchemaChange(int From, int To);
