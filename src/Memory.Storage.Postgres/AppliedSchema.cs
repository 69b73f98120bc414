using Memory.Core;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>The schema as an administrator prints or applies it, whatever <see cref="PostgresOptions.CreateSchema"/> lets the service do.</summary>
public sealed class AppliedSchema(PostgresDatabase database, IOptions<PostgresOptions> options) : ISchema
{
    private const string Operation = "prepare the schema";

    /// <inheritdoc/>
    public string Script() => PostgresDatabase.SchemaScript(options.Value);

    /// <inheritdoc/>
    public async Task<SchemaChange> ApplyAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            var from = await database.Schema.FindVersionAsync(connection, cancellationToken);
            await database.Schema.ApplyAsync(connection, cancellationToken);
            return new SchemaChange(from, PostgresSchema.Current);
        }
        catch (Exception fault) when (fault is NpgsqlException or TimeoutException)
        {
            throw Faults.Translate(fault, Operation);
        }
    }
}
