using System.Data;
using System.Globalization;
using CsCheck;
using Memory.Conformance;
using Memory.Core;
using Npgsql;
using Xunit;

namespace Memory.Storage.Postgres.Tests;

/// <summary>In how many of a resource's messages a term occurs is kept beside them: it has to be what counting them would give, whoever changed them.</summary>
public sealed class TermCountTests
{
    private const int Threads = 6;

    // What is counted wrong, with both counts: there and in the messages.
    private const string Wrong =
        """
        select coalesce(t.resource_key, c.resource_key), t.count, c.count
        from {term_counts} t full join (
            select m.resource_key, (k << 32 >> 32)::integer as hash, count(*) as count from {messages} m cross join unnest(m.tokens) k
            where k > 0 and not exists (select from {uncounted} u where u.resource_key = m.resource_key and u.thread_key = m.thread_key and u.position = m.position) group by 1, 2) c
            on c.resource_key = t.resource_key and c.hash = t.hash
        where t.count is distinct from c.count
        """;

    private static readonly Gen<string> SomeText = Gen.Int[0, 20].Select(word => string.Create(CultureInfo.InvariantCulture, $"w{word}")).Array[0, 8].Select(words => string.Join(' ', words));

    private static readonly Gen<Change> SomeChange = Gen.Select(Gen.OneOf(Enum.GetValues<Kind>()), Gen.Int[0, Threads - 1], Gen.Int[1, 30], SomeText.Array[1, 4], (kind, thread, message, texts) => new Change(kind, thread, message, texts));

    private enum Kind
    {
        Append,
        AppendMore,
        AppendAgain,
        Edit,
        Delete,
        DeleteThread,
        Clone,
        CloneForAnother,
        WritePiece,
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Whatever_happened_the_counts_are_those_of_the_messages() => await WithinAsync(async database =>
        await SomeChange.Array[30, 60].SampleAsync(
            async changes =>
            {
                // As many as are counted at once, so that there are both, and what is copied, changed and removed is one or the other.
                foreach (var thread in (int[])[0, 1])
                {
                    await ApplyAsync(database, new Change(Kind.AppendMore, thread, 1, [.. Enumerable.Range(0, 130).Select(n => $"w{n % 7} w{n % 20}")]), step: -1);
                }

                Assert.NotEqual(0, await database.ValueAsync<long>("count", "select count(*) from {term_counts}", () => [], Token));
                for (var step = 0; step < changes.Length; step++)
                {
                    await ApplyAsync(database, changes[step], step);
                    Assert.Empty(await WrongAsync(database));
                }

                foreach (var resource in (string[])["r0", "r1"])
                {
                    await AssertTrueAsync(database, resource);
                    await new PostgresMessageStore(database).EraseResourceAsync(resource, DateTimeOffset.UtcNow, Token);
                }

                Assert.Equal(0, await database.ValueAsync<long>("count", "select (select count(*) from {term_counts}) + (select count(*) from {uncounted})", () => [], Token));
            },
            iter: 8,
            threads: 1));

    [Theory]
    [InlineData(25, 2)]
    [InlineData(8, 200)] // so many that an append waits for another's count
    public async Task Changes_to_a_resources_threads_at_the_same_time_wait_for_each_other_and_for_nothing_else(int steps, int messages) => await WithinAsync(async database =>
    {
        var store = new PostgresMessageStore(database);
        var (append, edit) = (new AppendMessages(store, TimeProvider.System), new EditMessages(store, TimeProvider.System));
        await Task.WhenAll(Enumerable.Range(0, 12).Select(async caller =>
        {
            var random = new Random(caller);
            string Text() => string.Join(' ', Enumerable.Range(0, 12).Select(_ => $"w{random.Next(40)}"));
            for (var step = 0; step < steps; step++)
            {
                var thread = $"t{caller}";
                var batch = append.Prepare(thread, new AppendRequest { ResourceId = "r", Messages = [.. Enumerable.Range(0, messages).Select(n => Drafts.Message($"{step}-{n}", Text()))] });
                await append.AppendAsync(batch, Token);
                await edit.EditAsync(new ThreadAddress(thread), $"{step}-0", message => message with { Content = MessageContent.FromText(Text()) }, Token);
                if (step % 3 == 0)
                {
                    await edit.DeleteAsync(new ThreadAddress(thread), $"{step}-1", Token);
                }

                if (step == steps - 5)
                {
                    await store.DeleteThreadAsync(new ThreadAddress(thread), null, Token);
                }
            }
        }));

        Assert.Empty(await WrongAsync(database));
        var deadlocks = await database.ValueAsync<long>("count", "select deadlocks from pg_stat_database where datname = current_database()", () => [], Token);
        Assert.Equal(0, deadlocks);
    });

    [Fact]
    public async Task While_somebody_counts_a_few_messages_are_left_to_the_next_append_and_many_wait() => await WithinAsync(async database =>
    {
        const string Uncounted = "select count(*) from {uncounted}";
        var store = new PostgresMessageStore(database);
        await AppendAsync("first", 1);
        await using var counting = await database.ConnectAsync(Token);
        await using var transaction = await counting.BeginTransactionAsync(Token);
        await using (var take = new NpgsqlCommand(database.Names.Fill("select pg_advisory_xact_lock(hashtextextended({uncounted:text} || key, 0)) from {resources}"), counting, transaction))
        {
            await take.ExecuteNonQueryAsync(Token);
        }

        await AppendAsync("few", 300);
        var many = AppendAsync("many", 600);
        while (await database.ValueAsync<long>("count", "select count(*) from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())", () => [], Token) == 0)
        {
            Assert.False(many.IsCompleted); // it would leave 901 messages to be looked at by every search
            await Task.Delay(10, Token);
        }

        Assert.Equal(301, await database.ValueAsync<long>("count", Uncounted, () => [], Token));
        await transaction.CommitAsync(Token);
        await many;

        Assert.Equal(0, await database.ValueAsync<long>("count", Uncounted, () => [], Token));
        Assert.Empty(await WrongAsync(database));

        Task AppendAsync(string thread, int messages) =>
            store.AppendAsync(new AppendMessages(store, TimeProvider.System).Prepare(thread, new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(messages) }), Token);
    });

    [Fact]
    public async Task A_count_that_cannot_see_an_edit_fails_instead_of_counting_the_old_text() => await WithinAsync(async database =>
    {
        var store = new PostgresMessageStore(database);
        await store.AppendAsync(new AppendMessages(store, TimeProvider.System).Prepare("t", new AppendRequest { ResourceId = "r", Messages = Drafts.Messages(100) }), Token);
        await using var connection = await database.ConnectAsync(Token);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, Token);
        await RunAsync("insert into {uncounted} select resource_key, thread_key, position + 1000 from {uncounted}");

        await new EditMessages(store, TimeProvider.System).EditAsync(new ThreadAddress("t"), "m7", message => message with { Content = MessageContent.FromText("other words") }, Token);

        var error = await Assert.ThrowsAsync<PostgresException>(() => RunAsync("select {count_fresh}(max(resource_key)) from {uncounted}"));
        Assert.Equal(PostgresErrorCodes.SerializationFailure, error.SqlState);

        async Task RunAsync(string sql)
        {
            await using var command = new NpgsqlCommand(database.Names.Fill(sql), connection, transaction);
            await command.ExecuteNonQueryAsync(Token);
        }
    });

    private static async Task WithinAsync(Func<PostgresDatabase, Task> work)
    {
        var url = await TestDatabase.CreateAsync("term_counts"); // deadlocks are counted for a whole database
        var options = await TestDatabase.OptionsAsync(options => options.Url = url);
        await using var database = PostgresDatabase.Open(options);
        await work(database);
    }

    /// <summary>Holds when words weigh what Core makes of the messages alone.</summary>
    private static async Task AssertTrueAsync(PostgresDatabase database, string resource)
    {
        var (store, index) = (new PostgresMessageStore(database), new PostgresSearchIndex(database));
        List<Message> messages = [];
        for (var thread = 0; thread < Threads; thread++)
        {
            if (await store.FindThreadAsync($"t{thread}", Token) is { } found && found.ResourceId == resource)
            {
                messages.AddRange((await store.PageAsync(new MessageListing(found.Id, 2_000, false, null, null), Token))?.Items ?? []);
            }
        }

        const string question = "w1 w5 w19";
        var query = new SearchQuery { Scope = SearchScope.Resource(resource), Terms = LexicalEncoder.EncodeQuery(question), TopK = 5_000 };
        Ranking.AssertSame(Ranking.Of(messages, question), (await index.SearchAsync(query, Token))?.Hits ?? []);
        foreach (var thread in messages.Select(message => message.ThreadId).Distinct())
        {
            Ranking.AssertSame(Ranking.Of(messages, question, thread), (await index.SearchAsync(query with { Scope = SearchScope.Thread(thread) }, Token))?.Hits ?? []);
        }
    }

    private static async Task<List<string>> WrongAsync(PostgresDatabase database) =>
        await database.ListAsync("compare", Wrong, () => [], row => string.Create(CultureInfo.InvariantCulture, $"resource {row.GetInt32(0)}: {row.GetValue(1)} instead of {row.GetValue(2)}"), Token);

    private static async Task ApplyAsync(PostgresDatabase database, Change change, int step)
    {
        var (store, now) = (new PostgresMessageStore(database), DateTimeOffset.UtcNow);
        var edit = new EditMessages(store, TimeProvider.System);
        var (thread, resource) = ($"t{change.Thread}", $"r{change.Thread % 2}");
        Task AppendAsync(params MessageInput[] messages) =>
            store.AppendAsync(new AppendMessages(store, TimeProvider.System).Prepare(thread, new AppendRequest { ResourceId = resource, Messages = messages }), Token);
        try
        {
            switch (change.Kind)
            {
                case Kind.Append:
                    await AppendAsync(Drafts.Message($"m{step}", change.Texts[0]));
                    break;
                case Kind.AppendMore:
                    await AppendAsync([.. change.Texts.Select((text, n) => Drafts.Message($"m{step}-{n}", text))]);
                    break;
                case Kind.AppendAgain:
                    await AppendAsync(Drafts.Message($"m{step}", change.Texts[0]));
                    await AppendAsync([Drafts.Message($"m{step}", change.Texts[0]), .. change.Texts.Select((text, n) => Drafts.Message($"m{step}-{n}", text))]);
                    break;
                case Kind.Edit when await AnyAsync() is { } message:
                    await edit.EditAsync(new ThreadAddress(thread), message, old => old with { Content = MessageContent.FromText(change.Texts[0]) }, Token);
                    break;
                case Kind.Delete when await AnyAsync() is { } message:
                    await edit.DeleteAsync(new ThreadAddress(thread), message, Token);
                    break;
                case Kind.DeleteThread:
                    await store.DeleteThreadAsync(new ThreadAddress(thread), null, Token);
                    break;
                case Kind.Clone:
                    await store.CloneThreadAsync(new ThreadClone(new ThreadAddress(thread), $"t{(change.Thread + 2) % Threads}", null, change.Message, now), Token);
                    break;
                case Kind.CloneForAnother:
                    await store.CloneThreadAsync(new ThreadClone(new ThreadAddress(thread), $"t{(change.Thread + 1) % Threads}", $"r{(change.Thread + 1) % 2}", null, now), Token);
                    break;
                case Kind.WritePiece:
                    await WriteAsync();
                    break;
            }
        }
        catch (RefusedException refused) when (refused.Code == ErrorCode.AlreadyExists)
        {
            // The clone's id is taken.
        }

        async Task<string?> AnyAsync() =>
            await store.PageAsync(new MessageListing(thread, 1, Descending: true, After: change.Message, null), Token) is { Items: [var message, ..] } ? message.Id : null;

        async Task WriteAsync()
        {
            var messages = change.Texts.Select((text, n) =>
            {
                var message = new Message
                {
                    ThreadId = thread,
                    Id = $"p{change.Message + n}",
                    Position = change.Message + n,
                    Role = MessageRole.User,
                    Content = MessageContent.FromText(text),
                    CreatedAt = now,
                };
                return new ArchivedMessage(new StoredMessage(message, 1, MessageFingerprint.Of(message.Role, message.Name, message.Content, message.Metadata)), Vectors: null);
            });
            var record = Drafts.Thread(thread, resource, now);
            await new PostgresArchive(database).WriteAsync(new ArchivePiece { Thread = record, Messages = [.. messages], IsLast = true, Now = now }, Token);
        }
    }

    private sealed record Change(Kind Kind, int Thread, int Message, string[] Texts);
}
