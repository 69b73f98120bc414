using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Looks for faults of a file, without making it or bringing it up to date.</summary>
internal sealed class FileDiagnosis(string path, LibSqlOptions options, TimeProvider clock)
{
    private const string Setting = "Memory:LibSql:Url, or LIBSQL_URL";
    private readonly List<Finding> findings = [];

    /// <summary>Makes the checks.</summary>
    public async Task<Diagnosis> RunAsync()
    {
        if (!CheckFolder() || !File.Exists(path))
        {
            return new Diagnosis(findings, IsUsable: false);
        }

        try
        {
            using var session = new SqliteSession(path, options.BusyTimeoutSeconds, mayCreate: false);
            var version = Schema.Version(session);
            findings.Add(Finding.Ok("file", $"{path} opens, {new FileInfo(path).Length / 1024} KiB"));
            findings.Add(Finding.OfSchema(version, Schema.Versions.Count));
            CheckWrite(session);
            findings.Add(await Finding.OfRoundTripAsync(clock, () =>
            {
                Schema.Version(session);
                return Task.CompletedTask;
            }));
            return new Diagnosis(findings, IsUsable: version == Schema.Versions.Count && findings.TrueForAll(finding => finding.State != FindingState.Failed));
        }
        catch (SqliteException exception)
        {
            findings.Add(Finding.Failed("file", $"{path}: {Faults.Translate(exception, "open the database").Reason}", $"correct the path ({Setting}), or restore the file from a backup"));
            return new Diagnosis(findings, IsUsable: false);
        }
    }

    // SQLite keeps its log beside the file, so that the folder has to be writable too.
    private bool CheckFolder()
    {
        var folder = Path.GetDirectoryName(path)!; // an absolute path below a root has a folder
        var existing = folder;
        while (!Directory.Exists(existing) && Path.GetDirectoryName(existing) is { } parent)
        {
            existing = parent;
        }

        try
        {
            using (new FileStream(Path.Combine(existing, $".memory-{Guid.NewGuid():N}"), FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose))
            {
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            findings.Add(Finding.Failed("folder", $"{existing} cannot be written to: {exception.Message}", "let this program's user write to the folder, or choose another one"));
            return false;
        }

        findings.Add(Finding.Ok("folder", $"{existing} can be written to"));
        if (!File.Exists(path))
        {
            findings.Add(Finding.Warning("file", $"{path} is not there yet", $"it is made when the service first starts; if there should be one, correct the path ({Setting})"));
        }

        return true;
    }

    private void CheckWrite(SqliteSession session)
    {
        try
        {
            session.Execute("begin immediate");
            session.Execute("create table memory_write_check (one integer) strict");
            session.Execute("rollback");
            findings.Add(Finding.Ok("write", "a table was made and taken back"));
        }
        catch (SqliteException exception)
        {
            findings.Add(Finding.Failed("write", Faults.Translate(exception, "write").Reason, "let this program's user write to the file, and look for another program that holds it"));
        }
    }
}
