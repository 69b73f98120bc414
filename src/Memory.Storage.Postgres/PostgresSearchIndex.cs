using Memory.Core;
using Npgsql;

namespace Memory.Storage.Postgres;

/// <summary>Search by words and vectors within the database, which also reads what it finds: one round trip for both. The database is the caller's to close.</summary>
public sealed class PostgresSearchIndex(PostgresDatabase database) : ISearchIndex
{
    private const string SearchMessages =
        "select * from {search_messages}($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25)";

    // The columns of the first row, of each message, and of a hit.
    private const int Resource = 0, Pending = 1, Model = 2, ModelDimensions = 3, FirstOfMessage = 4, Hit = 12, Score = 13, Lexical = 14, LexicalRank = 15, Cosine = 16, DenseRank = 17;

    /// <inheritdoc/>
    public async Task<SearchResult?> SearchAsync(SearchQuery query, CancellationToken cancellationToken = default) =>
        (await RunAsync("search", query, new RecallWindow(Last: 0, Before: 0, After: 0), cancellationToken))?.Found;

    /// <inheritdoc/>
    public Task<FoundMessages?> SearchAndReadAsync(SearchQuery query, RecallWindow window, CancellationToken cancellationToken = default) =>
        RunAsync("search and read messages", query, window, cancellationToken);

    private Task<FoundMessages?> RunAsync(string operation, SearchQuery query, RecallWindow window, CancellationToken cancellationToken)
    {
        database.Require(query.Vector?.Space);
        return database.QueryAsync(
            operation, SearchMessages, () => Parameters(query, window), (reader, token) => ReadAsync(reader, query.Vector, token), cancellationToken);
    }

    private static async Task<FoundMessages?> ReadAsync(NpgsqlDataReader reader, QueryVector? asked, CancellationToken cancellationToken)
    {
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var (resourceId, pending) = (reader.GetString(Resource), reader.GetInt64(Pending));
        if (asked is { } vector && Rows.Text(reader, Model) is { } model && new EmbeddingSpace(model, reader.GetInt32(ModelDimensions)) is var stored && stored != vector.Space)
        {
            throw RefusedException.OtherSpace(stored, vector.Space);
        }

        List<Message> messages = [];
        var hits = new SortedList<int, SearchHit>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var message = Rows.Message(reader, FirstOfMessage);
            messages.Add(message);
            if (Rows.Value<int>(reader, Hit) is { } number)
            {
                hits.Add(number, new SearchHit(message.ThreadId, message.Position, reader.GetDouble(Score), reader.GetDouble(Lexical))
                {
                    LexicalRank = Rows.Value<int>(reader, LexicalRank),
                    Cosine = Rows.Value<double>(reader, Cosine),
                    DenseRank = Rows.Value<int>(reader, DenseRank),
                });
            }
        }

        return new FoundMessages(new SearchResult(resourceId, [.. hits.Values], pending), messages);
    }

    private NpgsqlParameter[] Parameters(SearchQuery query, RecallWindow window) =>
    [
        Parameter.Text(query.Scope.ThreadId), Parameter.Text(query.Scope.ResourceId), Parameter.Boolean(query.Scope.WholeResource), Parameter.Integers(Terms.Of(query.Terms)),
        Parameter.Text(query.Vector?.Space.Model), Parameter.Integer(query.Vector?.Space.Dimensions), Parameter.Vector(database.VectorType, query.Vector?.Values),
        Parameter.Double(query.Weights.Lexical), Parameter.Double(query.Weights.Dense), Parameter.Boolean(query.CountPending), Parameter.Integer(query.TopK), Parameter.Double(query.MinScore),
        Parameter.Texts(query.Filter?.Roles?.Select(role => role.Name()).ToArray()), Parameter.Time(query.Filter?.From), Parameter.Time(query.Filter?.To), Parameter.Json(MetadataText.Conditions(query.Filter)),
        Parameter.Integers([.. query.ExcludedPositions.Select(position => (int)position)]),
        Parameter.Integer(window.Last), Parameter.Integer(window.Before), Parameter.Integer(window.After),
        Parameter.Texts(query.Nearest?.Select(near => near.Content.ThreadId).ToArray()), Parameter.Texts(query.Nearest?.Select(near => near.Content.MessageId).ToArray()),
        Parameter.Integers(query.Nearest?.Select(near => (int)near.Content.Revision).ToArray()),
        Parameter.Uuids(query.Nearest?.Select(near => Parameter.Uuid(Convert.FromHexString(near.Content.Fingerprint))).ToArray()), Parameter.Doubles(query.Nearest?.Select(near => near.Cosine).ToArray()),
    ];
}
