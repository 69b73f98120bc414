using System.Globalization;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>What a piece reads, counted by the server.</summary>
public sealed class ArchivePlanTests
{
    private const int Messages = 400;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_piece_looks_each_message_up_and_walks_over_no_other_in_tables_that_were_never_analyzed()
    {
        var name = $"archive {Guid.NewGuid():N}";
        var options = await TestDatabase.OptionsAsync(options => options.Url = new NpgsqlConnectionStringBuilder(options.Url) { ApplicationName = name }.ConnectionString);
        await using (var database = PostgresDatabase.Open(options))
        {
            var thread = new ThreadRecord { Id = "t", ResourceId = "r", CreatedAt = DateTimeOffset.UnixEpoch, UpdatedAt = DateTimeOffset.UnixEpoch, Version = 1 };
            foreach (var written in (int[])[Messages, 0])
            {
                var outcome = await new PostgresArchive(database).WriteAsync(
                    new ArchivePiece { Thread = thread, Messages = [.. Enumerable.Range(1, Messages).Select(Message)], IsLast = true, Now = DateTimeOffset.UnixEpoch }, Token);
                Assert.Equal(written, outcome.Written);
            }
        }

        // A session hands its counts over before it is gone.
        var server = await TestDatabase.SharedAsync();
        while (await TestDatabase.ValueAsync<long>(server, $"select count(*) from pg_stat_activity where application_name = '{name}'") > 0)
        {
            await Task.Delay(50, Token);
        }

        var read = await TestDatabase.ValueAsync<long>(
            server, $"select sum(idx_tup_read)::bigint from pg_stat_user_indexes where schemaname = '{options.Schema}' and relname = 'messages'");
        Assert.InRange(read, Messages, 4 * Messages);
        await TestDatabase.ExecuteAsync(options.Url, $"drop schema {PostgresNames.Quote(options.Schema)} cascade");
    }

    private static ArchivedMessage Message(int position)
    {
        var message = new Message
        {
            ThreadId = "t",
            Id = string.Create(CultureInfo.InvariantCulture, $"m{position}"),
            Position = position,
            Role = MessageRole.User,
            Content = MessageContent.FromText("text"),
            CreatedAt = DateTimeOffset.UnixEpoch,
        };
        return new ArchivedMessage(new StoredMessage(message, 1, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)), Vectors: null);
    }
}
