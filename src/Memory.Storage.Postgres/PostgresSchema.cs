using System.Globalization;
using System.Text;
using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>The tables and functions, and how an older schema becomes a current one: forward only, a version at a time, once among all processes.</summary>
internal sealed class PostgresSchema(PostgresOptions options, PostgresNames names)
{
    private const string FindVersion = "select coalesce(max(version), 0) from {schema_versions}";

    private const string FindExtension =
        "select n.nspname, e.extversion from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'vector'";

    private const string CreateExtension = "create extension if not exists vector";

    private const string Extension = "before_extension"; // a savepoint

    private const string CreateVersions = "create table if not exists {schema_versions} (version integer primary key, applied_at timestamptz not null)";

    private const string AddVersion = "insert into {schema_versions} (version, applied_at) values ($1, now())";

    private const string Operation = "prepare the schema";

    /// <summary>The least version of the extension: hnsw.iterative_scan came with it.</summary>
    public static Version LeastExtension { get; } = new(0, 8);

    // Each version's files, in order; a released one never changes.
    private static readonly string[][] Versions =
    [
        ["1.1-tables.sql", "1.2-append.sql", "1.3-search.sql", "1.4-embeddings.sql", "1.5-edits.sql", "1.6-split.sql"],
        ["2.1-archive.sql"],
        ["3.1-tables.sql", "3.2-threads.sql", "3.3-retention.sql", "3.4-embeddings.sql"],
    ];

    private static readonly CompositeFormat Partition = CompositeFormat.Parse(
        "create table {0}.{1} partition of {{{2}}} for values with (modulus {3}, remainder {4});\n");

    /// <summary>The version that this program knows.</summary>
    public static int Current => Versions.Length;

    private string Type => options.VectorType == VectorType.HalfVec ? "halfvec" : "vector";

    /// <summary>Brings the schema to the current version, or finds it there.</summary>
    /// <exception cref="MemoryStoreException">It can neither be found nor made; the message says what to do.</exception>
    public async Task EnsureAsync(NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        await using var connection = await source.OpenConnectionAsync(cancellationToken);
        if (!options.DropTables && await KnownVersionAsync(connection, cancellationToken) == Versions.Length)
        {
            return;
        }

        if (!options.CreateSchema)
        {
            throw Wrong("the schema is not there in the version this program needs, and Memory:Postgres:CreateSchema is off; apply docs/postgres-schema.sql, or to an older schema the versions in it that are newer");
        }

        await ApplyAsync(connection, cancellationToken);
    }

    /// <summary>Brings the schema to the current version, whether or not the service may do so itself.</summary>
    /// <exception cref="MemoryStoreException">As above.</exception>
    public async Task ApplyAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await MigrateAsync(connection, cancellationToken);
        }
        catch (PostgresException error) when (error.SqlState == "42501")
        {
            throw Wrong($"the role may not create what is missing ({error.MessageText}); have one that may apply docs/postgres-schema.sql, or grant it CREATE on the database or schema", error);
        }

        await connection.ReloadTypesAsync(cancellationToken); // the extension may be new
    }

    /// <summary>All statements, for somebody to apply by hand.</summary>
    public string Script()
    {
        var script = new StringBuilder("begin;\n\n");
        script.Append(CreateExtension).Append(";\n").Append(names.Fill("create schema if not exists {schema};\n")).Append(names.Fill(CreateVersions)).Append(";\n\n");
        for (var version = 1; version <= Versions.Length; version++)
        {
            script.Append(CultureInfo.InvariantCulture, $"-- Version {version}: not for a schema that has it already.\n\n");
            script.AppendJoin('\n', Statements(version, "public"));
            script.Append('\n').Append(names.Fill(AddVersion).Replace("$1", version.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)).Append(";\n\n");
        }

        return script.Append("commit;\n").ToString();
    }

    private async Task MigrateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Of instances that start at once one does it, and the others find it done. One lock for the whole database: the extension is everybody's.
        await RunAsync("select pg_advisory_xact_lock(hashtextextended('memory schema', 0))", cancellationToken);
        if (options.DropTables)
        {
            await DropAsync();
        }

        var version = await VersionInsideAsync();
        if (version > Versions.Length)
        {
            throw Newer(version);
        }

        if (version < Versions.Length)
        {
            await EnsureExtensionAsync();
            var extension = await ExtensionAsync() ?? throw Wrong($"the extension 'vector' is missing; have a superuser run '{CreateExtension}' in this database");
            if (!await ExistsAsync("select 1 from pg_namespace where nspname = $1", names.Schema))
            {
                await RunAsync(names.Fill("create schema if not exists {schema}"), cancellationToken);
            }

            await RunAsync(names.Fill(CreateVersions), cancellationToken);
            for (var next = version + 1; next <= Versions.Length; next++)
            {
                foreach (var statements in Statements(next, extension))
                {
                    await RunAsync(statements, cancellationToken);
                }

                await RunAsync(names.Fill(AddVersion), cancellationToken, next);
            }
        }

        await transaction.CommitAsync(cancellationToken);

        async Task RunAsync(string sql, CancellationToken token, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values)
            {
                command.Parameters.Add(new NpgsqlParameter { Value = value });
            }

            await command.ExecuteNonQueryAsync(token);
        }

        async Task<bool> ExistsAsync(string sql, string value)
        {
            await using var command = new NpgsqlCommand(sql, connection) { Parameters = { new NpgsqlParameter { Value = value } } };
            return await command.ExecuteScalarAsync(cancellationToken) is not null;
        }

        async Task<int> VersionInsideAsync() =>
            await ExistsAsync("select 1 where to_regclass($1) is not null", names.Fill("{schema_versions}")) ? await KnownVersionAsync(connection, cancellationToken) : 0;

        async Task DropAsync()
        {
            if (!await ExistsAsync("select 1 from pg_namespace where nspname = $1", names.Schema))
            {
                return;
            }

            foreach (var table in PostgresNames.Tables.Reverse())
            {
                await RunAsync(names.Fill($"drop table if exists {{{table}}} cascade"), cancellationToken);
            }

            foreach (var function in PostgresNames.Functions)
            {
                await RunAsync(names.Fill($"drop function if exists {{{function}}} cascade"), cancellationToken);
            }
        }

        async Task<string?> ExtensionAsync()
        {
            await using var command = new NpgsqlCommand(FindExtension, connection);
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            if (!await reader.ReadAsync(cancellationToken))
            {
                return null;
            }

            return Version.TryParse(reader.GetString(1), out var found) && found < LeastExtension
                ? throw Wrong($"the extension 'vector' is at version {found}, and {LeastExtension} is needed; run 'alter extension vector update' in this database")
                : reader.GetString(0);
        }

        async Task EnsureExtensionAsync()
        {
            if (await ExistsAsync("select 1 from pg_extension where extname = $1", "vector"))
            {
                return;
            }

            await transaction.SaveAsync(Extension, cancellationToken);
            try
            {
                await RunAsync(CreateExtension, cancellationToken);
            }
            catch (PostgresException error) when (error is { SqlState: "23505", ConstraintName: "pg_extension_name_index" })
            {
                await transaction.RollbackAsync(Extension, cancellationToken); // another program, which does not wait for our lock, made it just now
            }
            catch (PostgresException error) when (error.SqlState is "42501" or "58P01" or "0A000" or "22023")
            {
                // 58P01: not installed on the server; 42501: not for this role; 0A000 and 22023: Azure's, for an extension that is not on its list.
                throw Wrong(
                    $"the extension 'vector' is missing and cannot be made by this role ({error.SqlState}); have a superuser run '{CreateExtension}' in this database. "
                    + "Where it is not installed, install pgvector; on Azure Database for PostgreSQL first add VECTOR to the server parameter 'azure.extensions'",
                    error);
            }
        }
    }

    private async Task<int> KnownVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        await FindVersionAsync(connection, cancellationToken) is var version && version > Versions.Length ? throw Newer(version) : version;

    /// <summary>The version that is there, which may be newer than this program; 0 for none.</summary>
    public async Task<int> FindVersionAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            await using var command = new NpgsqlCommand(names.Fill(FindVersion), connection);
            return (int)(await command.ExecuteScalarAsync(cancellationToken))!; // an aggregate always has a row
        }
        catch (PostgresException error) when (error.SqlState is "42P01" or "3F000")
        {
            return 0; // neither table nor schema: nothing was made yet
        }
    }

    private IEnumerable<string> Statements(int version, string extensionSchema)
    {
        var place = PostgresNames.Quote(extensionSchema);
        var more = new Dictionary<string, string>
        {
            ["vector_type"] = $"{place}.{Type}",
            ["binary_quantize"] = $"{place}.binary_quantize",
            ["partitioned"] = options.PartitionBy switch
            {
                PartitionKey.Resource => " partition by hash (resource_key)",
                PartitionKey.Thread => " partition by hash (thread_key)",
                _ => "",
            },

            ["of_resource"] = options.PartitionBy == PartitionKey.Resource ? " and m.resource_key = p_resource" : "",

            // A plan is made once a session, and from the indexes: what is known of a table that was just filled is nothing yet. Compiling a plan would take longer than running it.
            ["settings"] = $"set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off set work_mem = '32MB' set search_path = pg_catalog, {place}, pg_temp",
        };
        foreach (var file in Versions[version - 1])
        {
            var text = names.Fill(Read(file), more);
            yield return text;
            if (options.PartitionBy != PartitionKey.None && file == "1.1-tables.sql")
            {
                yield return Partitions();
            }
        }
    }

    private string Partitions()
    {
        var all = new StringBuilder();
        foreach (var table in (string[])["messages", "vectors"])
        {
            for (var number = 0; number < options.Partitions; number++)
            {
                var name = PostgresNames.Quote($"{options.TablePrefix}{table}_p{number}");
                all.AppendFormat(CultureInfo.InvariantCulture, Partition, PostgresNames.Quote(names.Schema), name, table, options.Partitions, number);
            }
        }

        return names.Fill(all.ToString());
    }

    private static string Read(string file)
    {
        using var reader = new StreamReader(typeof(PostgresSchema).Assembly.GetManifestResourceStream(file)!); // embedded by the project file
        return reader.ReadToEnd();
    }

    private static MemoryStoreException Newer(int version) =>
        Wrong($"the database has schema version {version}, and this program knows versions up to {Versions.Length}; use a newer program");

    private static MemoryStoreException Wrong(string reason, Exception? inner = null) => new(Faults.Store, Operation, isTransient: false, reason, inner);
}
