using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Looks for faults of a file or of a server's database.</summary>
internal sealed class LibSqlDiagnosis(LibSqlOptions options, IFlurlClient? http, TimeProvider clock) : IDiagnosis
{
    /// <inheritdoc/>
    public async Task<Diagnosis> DiagnoseAsync(CancellationToken cancellationToken = default)
    {
        var url = LibSqlUrl.Parse(options.Url);
        return url switch
        {
            { Server: { } server } => await new RemoteDiagnosis(
                http ?? throw new InvalidOperationException("A database on a server needs a client."), server, options, clock).RunAsync(cancellationToken),
            { Path: { } path } => await new FileDiagnosis(path, options, clock).RunAsync(),
            _ => new Diagnosis([Finding.Ok("file", "none: the database is in memory, and ends with the process")], IsUsable: true),
        };
    }
}
