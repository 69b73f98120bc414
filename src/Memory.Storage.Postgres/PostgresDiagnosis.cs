using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Looks for faults of a PostgreSQL database, without making or changing anything.</summary>
public sealed class PostgresDiagnosis(PostgresDatabase database, TimeProvider clock) : IDiagnosis
{
    private const string Setting = "Memory:Postgres:Url, or DATABASE_URL";

    private const string FindServer = "select current_setting('server_version'), current_user::text, current_database()::text, current_setting('transaction_read_only')::boolean";

    private const string FindExtension =
        """
        select e.extversion, a.default_version, has_database_privilege(current_database(), 'CREATE'), (select rolsuper from pg_roles where rolname = current_user)
        from (select 1) one
        left join pg_extension e on e.extname = 'vector'
        left join pg_available_extensions a on a.name = 'vector'
        """;

    // What is missing of what the service does: a row for each table and function that the role may not use.
    private const string FindMissing =
        """
        select c.relname::text, p.privilege
        from pg_class c join pg_namespace n on n.oid = c.relnamespace, unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p (privilege)
        where n.nspname = $1 and c.relname = any ($2) and not has_table_privilege(c.oid, p.privilege)
        union all
        select f.proname::text, 'EXECUTE' from pg_proc f join pg_namespace n on n.oid = f.pronamespace
        where n.nspname = $1 and f.proname = any ($3) and not has_function_privilege(f.oid, 'EXECUTE')
        union all
        select n.nspname::text, 'USAGE' from pg_namespace n where n.nspname = $1 and not has_schema_privilege(n.oid, 'USAGE')
        order by 1, 2
        """;

    private const string MayCreate =
        """
        select coalesce(
            (select has_schema_privilege(n.oid, 'CREATE') from pg_namespace n where n.nspname = $1),
            has_database_privilege(current_database(), 'CREATE'))
        """;

    private const string Clock = "select clock_timestamp()";

    private readonly List<Finding> findings = [];

    /// <inheritdoc/>
    public async Task<Diagnosis> DiagnoseAsync(CancellationToken cancellationToken = default)
    {
        findings.Clear();
        try
        {
            await using var connection = await database.ConnectAsync(cancellationToken);
            var isReadOnly = await CheckServerAsync(connection, cancellationToken);
            await CheckExtensionAsync(connection, cancellationToken);
            var version = await CheckSchemaAsync(connection, cancellationToken);
            await CheckPrivilegesAsync(connection, version, isReadOnly, cancellationToken);
            findings.Add(await Finding.OfRoundTripAsync(clock, () => ValueAsync<int>(connection, "select 1", cancellationToken)));
            await CheckClockAsync(connection, cancellationToken);
            return new Diagnosis(findings, IsUsable: version == PostgresSchema.Current && findings.TrueForAll(finding => finding.State != FindingState.Failed));
        }
        catch (Exception exception) when (exception is NpgsqlException or TimeoutException)
        {
            findings.Add(OfFault(exception));
            return new Diagnosis(findings, IsUsable: false);
        }
    }

    private Finding OfFault(Exception exception)
    {
        var fault = Faults.Translate(exception, "check the database");
        if (exception is not PostgresException { SqlState: var state })
        {
            return Finding.Unreachable(database.Description, fault, Setting);
        }

        return state.StartsWith("28", StringComparison.Ordinal) || state == "3D000"
            ? Finding.Failed("sign-in", $"{database.Description}: {fault.Reason}", $"correct user, password and database ({Setting})")
            : Finding.Failed("server", $"{database.Description}: {fault.Reason}", "see the server's log");
    }

    private async Task<bool> CheckServerAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindServer, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken); // there is always a row
        findings.Add(Finding.Ok("address", $"{database.Description} answers, PostgreSQL {reader.GetString(0)}"));
        findings.Add(Finding.Ok("sign-in", $"as {reader.GetString(1)}"));
        return reader.GetBoolean(3);
    }

    private async Task CheckExtensionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        const string check = "extension";
        await using var command = new NpgsqlCommand(FindExtension, connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken); // one row, whatever is there
        var (installed, available) = (Text(reader, 0), Text(reader, 1));
        findings.Add(installed is not null
            ? Version.TryParse(installed, out var version) && version < PostgresSchema.LeastExtension
                ? Finding.Failed(check, $"vector is at version {installed}, and {PostgresSchema.LeastExtension} is needed", "run 'alter extension vector update' in this database")
                : Finding.Ok(check, $"vector {installed}")
            : available is null
            ? Finding.Failed(check, "vector is not installed on the server", "install pgvector; on Azure Database for PostgreSQL add VECTOR to the server parameter azure.extensions")
            : Finding.Warning(
                check, $"vector {available} is installed and not yet made in this database",
                reader.GetBoolean(2) && reader.GetBoolean(3) ? "it is made with the schema" : "have a superuser run 'create extension vector' in this database"));
    }

    private async Task<int> CheckSchemaAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var version = await database.Schema.FindVersionAsync(connection, cancellationToken);
        findings.Add(Finding.OfSchema(version, PostgresSchema.Current));
        return version;
    }

    private async Task CheckPrivilegesAsync(NpgsqlConnection connection, int version, bool isReadOnly, CancellationToken cancellationToken)
    {
        const string check = "write";
        if (isReadOnly)
        {
            findings.Add(Finding.Failed(check, "the database is read-only, as a standby is", "use the primary's address"));
            return;
        }

        if (version < PostgresSchema.Current && !await ValueAsync<bool>(connection, MayCreate, cancellationToken, database.Names.Schema))
        {
            findings.Add(Finding.Failed(
                check, "the role may not make the schema, or what is missing of it", "have one that may run 'memory schema apply', or apply what 'memory schema print' prints"));
            return;
        }

        var missing = await MissingAsync(connection, cancellationToken);
        findings.Add(missing.Count > 0
            ? Finding.Failed(check, $"the role lacks {string.Join(", ", missing.Take(6))}{(missing.Count > 6 ? " and more" : "")}", "README lists the GRANT statements it needs")
            : Finding.Ok(check, version == 0 ? "the role may make the schema" : "the role may read and write every table"));
    }

    private async Task<List<string>> MissingAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(FindMissing, connection)
        {
            Parameters = { new() { Value = database.Names.Schema }, new() { Value = database.Names.TableIdentifiers() }, new() { Value = database.Names.FunctionIdentifiers() } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        List<string> missing = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            missing.Add($"{reader.GetString(1)} on {reader.GetString(0)}");
        }

        return missing;
    }

    private async Task CheckClockAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var before = clock.GetUtcNow();
        var server = await ValueAsync<DateTime>(connection, Clock, cancellationToken);
        var after = clock.GetUtcNow();
        findings.Add(Finding.OfClock(new DateTimeOffset(server), before + ((after - before) / 2)));
    }

    private static async Task<T> ValueAsync<T>(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        foreach (var value in values)
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return (T)(await command.ExecuteScalarAsync(cancellationToken))!; // each statement answers one value
    }

    private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);
}
