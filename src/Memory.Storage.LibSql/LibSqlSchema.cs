using System.Globalization;
using System.Text;
using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>The schema of a file or of a server's database; both have the same.</summary>
internal sealed class LibSqlSchema(LibSqlOptions options, IFlurlClient? http, TimeProvider clock) : ISchema
{
    private const string Table = "create table if not exists schema_versions (version integer primary key, applied_at integer not null) strict";

    /// <inheritdoc/>
    public string Script()
    {
        var script = new StringBuilder("begin;\n\n").Append(Table).Append(";\n\n");
        for (var version = 1; version <= Schema.Versions.Count; version++)
        {
            foreach (var statement in Schema.Versions[version - 1])
            {
                script.Append(statement).Append(";\n\n");
            }

            script.Append(CultureInfo.InvariantCulture, $"insert into schema_versions (version, applied_at) values ({version}, unixepoch() * 1000000);\n\n");
        }

        return script.Append("commit;\n").ToString();
    }

    /// <inheritdoc/>
    public async Task<SchemaChange> ApplyAsync(CancellationToken cancellationToken = default)
    {
        var url = LibSqlUrl.Parse(options.Url);
        if (url.Server is { } server)
        {
            var client = new HranaClient(
                http ?? throw new InvalidOperationException("A database on a server needs a client."), server, options.AuthToken, TimeSpan.FromSeconds(options.TimeoutSeconds), options.Retries);
            var before = await RemoteSchema.VersionAsync(client, cancellationToken);
            await RemoteSchema.MigrateAsync(client, clock.GetUtcNow(), cancellationToken);
            return new SchemaChange(before, Schema.Versions.Count);
        }

        var from = url.Path is { } path && File.Exists(path) ? FileDatabase.VersionOf(path, options.BusyTimeoutSeconds) : 0;
        await using var database = FileDatabase.Open(url, options, clock);
        return new SchemaChange(from, Schema.Versions.Count);
    }
}
