using Flurl.Http;
using Memory.Core;

namespace Memory.Storage.LibSql;

/// <summary>
/// A database on a server, Turso's or sqld, reached over HTTP without a connection to keep. Every call is one request; the first of a process also looks at the schema, and brings it up
/// to date.
/// </summary>
internal sealed class RemoteDatabase(IFlurlClient http, Uri address, LibSqlOptions options, TimeProvider clock) : LibSqlDatabase
{
    private readonly HranaClient client = new(http, address, options.AuthToken, TimeSpan.FromSeconds(options.TimeoutSeconds), options.Retries);
    private readonly Lock gate = new();
    private Task? prepared;

    /// <inheritdoc/>
    public override string Description { get; } = address.Authority;

    /// <inheritdoc/>
    internal override bool KeepsWords => true;

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <inheritdoc/>
    internal override async Task<T> RunAsync<T>(Batch batch, Func<BatchResult, T> read, CancellationToken cancellationToken)
    {
        await PrepareAsync(cancellationToken);
        return await client.RunAsync(batch, read, cancellationToken);
    }

    /// <inheritdoc/>
    internal override Task<AppendResult> AppendAsync(AppendBatch batch, CancellationToken cancellationToken) => AppendCall.RunAsync(this, batch, cancellationToken);

    /// <inheritdoc/>
    internal override Task<int> PutVectorsAsync(EmbeddingSpace space, IReadOnlyList<MessageVectors> messages, DateTimeOffset now, CancellationToken cancellationToken) =>
        PutVectorsCall.RunAsync(this, space, messages, now, cancellationToken);

    /// <inheritdoc/>
    internal override ISearchIndex OpenSearch() => new RemoteSearch(this);

    // Once for all that wait, whoever of them gives up; again after a failure.
    private Task PrepareAsync(CancellationToken cancellationToken)
    {
        Task preparing;
        lock (gate)
        {
            preparing = prepared is null or { IsFaulted: true } or { IsCanceled: true }
                ? prepared = RemoteSchema.MigrateAsync(client, clock.GetUtcNow(), CancellationToken.None)
                : prepared;
        }

        return preparing.IsCompletedSuccessfully ? preparing : preparing.WaitAsync(cancellationToken);
    }
}
