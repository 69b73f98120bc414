using System.Runtime.CompilerServices;
using Memory.Core;

namespace Memory.Mastra;

/// <summary>
/// The conversations in a database of Mastra Memory (tables <c>mastra_threads</c>, <c>mastra_messages</c>, <c>mastra_resources</c>), as the archive that an import takes. The source is only
/// read, in one transaction, so that what is written meanwhile is not seen; of a file in WAL mode that nobody has open, an empty <c>-wal</c> and a <c>-shm</c> may be left beside it.
/// </summary>
/// <remarks>
/// Every thread's messages come in Mastra's own order: by time, and where times are equal by insertion in a file, and by id in PostgreSQL, which keeps no order of insertion.
/// Vectors are not carried over: Mastra keeps them under random ids and without their model's name, so ours are made anew. Its observations and a resource's metadata have no counterpart.
/// What else is changed or left out is counted in <see cref="Notes"/>.
/// </remarks>
public sealed class MastraArchive
{
    private readonly Func<CancellationToken, Task<IMastraTables>> open;

    private MastraArchive(Func<CancellationToken, Task<IMastraTables>> open) => this.open = open;

    /// <summary>How often the last <see cref="ReadAsync"/> changed or left out something, by what it was, one of <see cref="MastraNotes"/>; complete when that has ended. Nothing is listed that did not occur.</summary>
    public IReadOnlyDictionary<string, long> Notes { get; private set; } = new Dictionary<string, long>();

    /// <summary>Names a database; it is opened when it is read.</summary>
    /// <param name="source">
    /// A LibSQL or SQLite file (a path, <c>file:PATH</c> or <c>file:///ABSOLUTE/PATH</c>), or PostgreSQL as <c>postgres://USER:PASSWORD@HOST:PORT/DATABASE</c> or as a connection string of Npgsql's.
    /// </param>
    /// <param name="schema">In PostgreSQL, the schema of Mastra's tables: its option <c>schemaName</c>.</param>
    /// <exception cref="FormatException">It is neither, with what to write; never with a password in it.</exception>
    public static MastraArchive Open(string source, string schema = "public")
    {
        if (PostgresAddress.IsOne(source))
        {
            var address = PostgresAddress.Parse(source);
            return new MastraArchive(cancellationToken => PostgresTables.OpenAsync(address, schema, cancellationToken));
        }

        var path = FilePath(source);
        return new MastraArchive(cancellationToken => FileTables.OpenAsync(path, cancellationToken));
    }

    /// <summary>Reads everything: each resource by id, its threads by time of creation, each thread's messages, and the end. One row of the database is held at a time, and a hundred threads' fields.</summary>
    /// <exception cref="MemoryStoreException">The database cannot be read, or is none of Mastra's.</exception>
    public async IAsyncEnumerable<ArchiveRecord> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var notes = new NoteCounter();
        Notes = notes.Counts;
        var archive = new RowsToRecords(notes);
        await using var tables = await open(cancellationToken);
        await foreach (var row in tables.ReadAsync(cancellationToken))
        {
            if (row is MessageRow message)
            {
                yield return archive.Message(message);
            }
            else
            {
                foreach (var record in archive.Head((HeadRow)row))
                {
                    yield return record;
                }
            }
        }

        notes.Add(MastraNotes.MessagesWithoutThread, await tables.CountMessagesWithoutThreadAsync(cancellationToken));
        notes.Add(MastraNotes.Observations, await tables.CountObservationsAsync(cancellationToken));
        yield return archive.End();
    }

    private static string FilePath(string source)
    {
        if (source.Contains("://", StringComparison.Ordinal) && !source.StartsWith("file:///", StringComparison.Ordinal))
        {
            throw new FormatException("only a file or PostgreSQL can be read; of a database on Turso or another server, make a file first");
        }

        var path = source.StartsWith("file:///", StringComparison.Ordinal) ? Uri.UnescapeDataString(source[7..])
            : source.StartsWith("file:", StringComparison.Ordinal) ? source[5..]
            : source;
        return path.Trim().Length > 0 ? Path.GetFullPath(path) : throw new FormatException("the source is empty; write a file's path, or postgres://USER:PASSWORD@HOST:PORT/DATABASE");
    }
}
