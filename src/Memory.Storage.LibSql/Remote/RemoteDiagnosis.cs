using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>Looks for faults of a server's database, without bringing its schema up to date.</summary>
internal sealed class RemoteDiagnosis(IFlurlClient http, Uri address, LibSqlOptions options, TimeProvider clock)
{
    private const string Setting = "Memory:LibSql:Url, or LIBSQL_URL";
    private const string TokenFix = "set Memory:LibSql:AuthToken (or LIBSQL_AUTH_TOKEN) to a token of this database that may read and write";

    // What does not answer a person that looks for a fault is one: it is not asked again.
    private readonly HranaClient client = new(http, address, options.AuthToken, TimeSpan.FromSeconds(options.TimeoutSeconds), retries: 0);
    private readonly List<Finding> findings = [];

    /// <summary>Makes the checks.</summary>
    public async Task<Diagnosis> RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            var version = await RemoteSchema.VersionAsync(client, cancellationToken);
            findings.Add(Finding.Ok("address", $"{address.Authority} answers"));
            findings.Add(Finding.Ok("sign-in", options.AuthToken.Length > 0 ? "the token is accepted, and may read" : "no token is sent, and reading is allowed"));
            await CheckWriteAsync(cancellationToken);
            findings.Add(Finding.OfSchema(version, Schema.Versions.Count));
            findings.Add(await Finding.OfRoundTripAsync(clock, () => SelectAsync(cancellationToken)));
            CheckClock();
            return new Diagnosis(findings, IsUsable: version == Schema.Versions.Count && findings.TrueForAll(finding => finding.State != FindingState.Failed));
        }
        catch (MemoryStoreException fault) when (fault.IsTransient)
        {
            findings.Add(Finding.Unreachable(address.Authority, fault, Setting));
        }
        catch (MemoryStoreException fault)
        {
            findings.Add(Finding.Ok("address", $"{address.Authority} answers"));
            findings.Add(Finding.Failed("sign-in", fault.Reason, TokenFix));
        }

        return new Diagnosis(findings, IsUsable: false);
    }

    private async Task CheckWriteAsync(CancellationToken cancellationToken)
    {
        // The condition does not hold, which takes the table back.
        var batch = Batch.Write("write");
        batch.Add("create table memory_write_check (one integer) strict");
        batch.Require("0");
        try
        {
            await client.RunAsync(batch, result => result.Stopped, cancellationToken);
            findings.Add(Finding.Ok("write", "a table was made and taken back"));
        }
        catch (MemoryStoreException fault)
        {
            findings.Add(Finding.Failed("write", fault.Reason, fault.IsTransient ? "try again when the server is less busy" : TokenFix));
        }
    }

    private Task SelectAsync(CancellationToken cancellationToken)
    {
        var batch = Batch.Read("check the database");
        batch.Add("select 1");
        return client.RunAsync(batch, result => result.Number(0), cancellationToken);
    }

    private void CheckClock()
    {
        if (client.ServerTime is { } time)
        {
            findings.Add(Finding.OfClock(time.AddSeconds(0.5), clock.GetUtcNow())); // the header cuts to the second
        }
    }
}
