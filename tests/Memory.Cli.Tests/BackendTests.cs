using System.Text.Json;
using Memory.Fakes;
using Npgsql;

namespace Memory.Cli.Tests;

/// <summary><c>doctor</c> and <c>schema</c> on each backend, faults included.</summary>
public sealed class BackendTests : IDisposable
{
    private readonly Cli cli = new();

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_file_that_is_there_is_well_and_one_that_is_not_is_not_made()
    {
        Assert.Contains("was made, at version", (await cli.RunAsync("schema", "apply", "--url", "file:m.db")).Expect(0).Output, StringComparison.Ordinal);
        var again = (await cli.RunAsync("schema", "apply", "--url", "m.db", "--json")).Expect(0).Json;
        Assert.Equal(again.GetProperty("to").GetInt32(), again.GetProperty("from").GetInt32());
        var found = await ExamineAsync(0, "--url", "file:m.db");
        Assert.All(["configuration", "folder", "file", "schema", "write", "round trip", "embedder", "pending embeddings", "failed operations"], check => Assert.Equal("ok", found[check].State));

        Assert.Equal("warning", (await ExamineAsync(0, "--url", "file:none.db"))["file"].State);
        Assert.Equal(["m.db"], Directory.GetFiles(cli.Folder).Select(Path.GetFileName));
    }

    [Fact]
    public async Task What_is_no_database_or_of_a_newer_program_fails()
    {
        await File.WriteAllTextAsync(cli.File("m.db"), new string('x', 8_192), TestContext.Current.CancellationToken);
        Assert.Contains("not a database", (await ExamineAsync(2, "--url", "file:m.db"))["file"].Text, StringComparison.Ordinal);
        var text = (await cli.RunAsync("doctor", "--url", "file:m.db")).Expect(2).Output;
        Assert.Matches(@"failed +file +.*Fix: ", text);
        Assert.Contains("not a database", (await cli.RunAsync("resources", "list", "--url", "file:m.db")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wrong_setting_is_a_finding()
    {
        cli.Variables["Memory__Storage__Backend"] = "oracle";
        Assert.Contains("'oracle'", (await ExamineAsync(2))["configuration"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_embedder_is_asked_and_compared_with_what_is_stored()
    {
        await using var embedder = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = 64 });
        Use(embedder, 64);
        await Seed.ConversationsAsync(new Dictionary<string, string>(cli.Variables) { ["LIBSQL_URL"] = $"file:{cli.File("m.db")}" });
        Assert.Equal("ok", (await ExamineAsync(0, "--url", "file:m.db"))["embedder"].State);

        await using var other = await FakeOpenAI.StartAsync(new FakeOpenAIOptions { Dimensions = 32 });
        Use(other, 32);
        var mismatch = (await ExamineAsync(2, "--url", "file:m.db"))["embedder"];
        Assert.Contains("(64 dimensions)", mismatch.Text, StringComparison.Ordinal);
        Assert.Contains("memory reembed", mismatch.Fix, StringComparison.Ordinal);

        var listed = (await cli.RunAsync("reembed", "--url", "file:m.db", "--no-wait", "--json")).Expect(0).Json;
        Assert.Equal((0, 6), (listed.GetProperty("embedded").GetInt32(), listed.GetProperty("remaining").GetInt32()));
        Assert.Equal("warning", (await ExamineAsync(0, "--url", "file:m.db"))["pending embeddings"].State);
        var moved = (await cli.RunAsync("reembed", "--url", "file:m.db", "--json")).Expect(0).Json;
        Assert.Equal((6, 0, 32), (moved.GetProperty("embedded").GetInt32(), moved.GetProperty("remaining").GetInt32(), moved.GetProperty("dimensions").GetInt32()));
        Assert.Equal("ok", (await ExamineAsync(0, "--url", "file:m.db"))["embedder"].State);

        cli.Variables.Remove("Memory__Embedding__Provider");
        cli.Variables.Remove("OPENAI_API_KEY");
        Assert.Equal("warning", (await ExamineAsync(0, "--url", "file:m.db"))["embedder"].State);
        Assert.Contains("No embedder is configured", (await cli.RunAsync("reembed", "--url", "file:m.db")).Expect(1).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PostgreSQL_is_examined_without_being_changed_and_then_made()
    {
        var url = Require("MEMORY_TEST_POSTGRES", "./test.sh starts a PostgreSQL with pgvector");
        var schema = $"cli_{Guid.NewGuid():N}";
        var role = $"cli_{Guid.NewGuid():N}";
        var address = new NpgsqlConnectionStringBuilder(url);
        cli.Variables["DATABASE"] = Url(address.Username!, address.Password!); // the script's server has both
        cli.Variables["Memory__Postgres__Schema"] = schema;
        try
        {
            Assert.Equal("warning", (await ExamineAsync(0, "--url", "env:DATABASE"))["schema"].State);
            Assert.Equal(0L, await ValueAsync($"select count(*) from pg_namespace where nspname = '{schema}'"));
            var script = (await cli.RunAsync("schema", "print", "--url", "env:DATABASE")).Expect(0).Output;
            Assert.Contains($"create schema if not exists \"{schema}\"", script, StringComparison.Ordinal);
            Assert.Equal(0, (await cli.RunAsync("schema", "apply", "--url", "env:DATABASE", "--json")).Expect(0).Json.GetProperty("from").GetInt32());
            var found = await ExamineAsync(0, "--url", "env:DATABASE");
            Assert.All(["address", "sign-in", "extension", "schema", "write", "round trip", "clock", "pending embeddings"], check => Assert.Equal("ok", found[check].State));
            Assert.Contains(schema, found["configuration"].Text, StringComparison.Ordinal);

            // A role that may only read.
            await ValueAsync($"create role {role} login password 'weak-word'; grant usage on schema {schema} to {role}; grant select on all tables in schema {schema} to {role}; select 1");
            cli.Variables["READER"] = Url(role, "weak-word");
            Assert.Contains("INSERT on ", (await ExamineAsync(2, "--url", "env:READER"))["write"].Text, StringComparison.Ordinal);
            cli.Variables["STRANGER"] = Url(role, "wrong-word");
            Assert.Equal("failed", (await ExamineAsync(2, "--url", "env:STRANGER"))["sign-in"].State);

            // Setting up anew is a service's, and no command's.
            await Seed.ConversationsAsync(new Dictionary<string, string> { ["DATABASE_URL"] = url, ["Memory__Postgres__Schema"] = schema });
            cli.Variables["Memory__Postgres__DropTables"] = "True";
            cli.Variables["DOTNET_ENVIRONMENT"] = "Development";
            Assert.Equal(2, (await cli.RunAsync("resources", "list", "--json", "--url", "env:DATABASE")).Expect(0).JsonLines.Count);
        }
        finally
        {
            await ValueAsync($"drop schema if exists {schema} cascade; do $$ begin if exists (select 1 from pg_roles where rolname = '{role}') then drop role {role}; end if; end $$; select 1");
        }

        string Url(string user, string password) => $"postgres://{user}:{Uri.EscapeDataString(password)}@{address.Host}:{address.Port}/{address.Database}";

        async Task<object?> ValueAsync(string sql)
        {
            await using var source = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(url) { Pooling = false }.ConnectionString);
            await using var command = source.CreateCommand(sql);
            return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_libSQL_server_is_examined_without_being_changed_and_then_made()
    {
        await using var sqld = await SqldServer.StartAsync(Require("MEMORY_TEST_SQLD_PROGRAM", "./test.sh gets libSQL's server"));
        var url = sqld.Url.GetLeftPart(UriPartial.Authority);
        Assert.Equal("warning", (await ExamineAsync(0, "--url", url))["schema"].State);
        Assert.Equal("warning", (await ExamineAsync(0, "--url", url))["schema"].State);
        Assert.Equal(0, (await cli.RunAsync("schema", "apply", "--url", url, "--json")).Expect(0).Json.GetProperty("from").GetInt32());
        var found = await ExamineAsync(0, "--url", url);
        Assert.All(["address", "sign-in", "write", "schema", "round trip", "pending embeddings"], check => Assert.Equal("ok", found[check].State));
        await Seed.ConversationsAsync(new Dictionary<string, string> { ["LIBSQL_URL"] = url });
        Assert.Equal(2, (await cli.RunAsync("resources", "list", "--json", "--url", url)).Expect(0).JsonLines.Count);
        await sqld.KillAsync();
        Assert.Contains("nothing listens", (await ExamineAsync(2, "--url", url))["address"].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upstash_is_examined_with_either_token()
    {
        await using var redis = await UpstashRedisProxy.StartAsync(new UpstashRedisProxyOptions
        {
            Redis = Require("MEMORY_TEST_REDIS", "./test.sh starts a Redis"),
            Token = "standard-token",
            ReadOnlyToken = "reading-token",
        });
        cli.Variables["UPSTASH_REDIS_REST_URL"] = redis.Url;
        cli.Variables["UPSTASH_REDIS_REST_TOKEN"] = "standard-token";
        string[] url = ["--url", $"upstash:cli-{Guid.NewGuid():N}"];
        var found = await ExamineAsync(0, url);
        Assert.All(["address", "sign-in", "write", "round trip", "clock", "vectors", "pending embeddings"], check => Assert.Equal("ok", found[check].State));
        Assert.Contains("has no schema", (await cli.RunAsync(["schema", "print", .. url])).Expect(0).Output, StringComparison.Ordinal);
        Assert.Contains("has no schema", (await cli.RunAsync(["schema", "apply", .. url])).Expect(0).Output, StringComparison.Ordinal);

        cli.Variables["UPSTASH_REDIS_REST_TOKEN"] = "reading-token";
        var write = (await ExamineAsync(2, url))["write"];
        Assert.Equal("failed", write.State);
        Assert.Contains("UPSTASH_REDIS_REST_TOKEN", write.Fix, StringComparison.Ordinal);
        cli.Variables["UPSTASH_REDIS_REST_TOKEN"] = "another-token";
        Assert.Equal("failed", (await ExamineAsync(2, url))["sign-in"].State);
    }

    [Fact]
    public async Task What_stands_on_the_poison_queue_is_counted_and_put_back()
    {
        var account = Require("MEMORY_TEST_AZURITE", "./test.sh starts an Azurite");
        var queues = new Azure.Storage.Queues.QueueServiceClient(account);
        var name = $"operations-{Guid.NewGuid():N}";
        var (queue, poison) = (queues.GetQueueClient(name), queues.GetQueueClient($"{name}-poison"));
        await queue.CreateIfNotExistsAsync(cancellationToken: TestContext.Current.CancellationToken);
        await poison.CreateIfNotExistsAsync(cancellationToken: TestContext.Current.CancellationToken);
        try
        {
            await poison.SendMessageAsync("dGV4dA==", TestContext.Current.CancellationToken);
            cli.Variables["Memory__Queue__ConnectionString"] = account;
            cli.Variables["Memory__Queue__OperationQueue"] = name;
            (await cli.RunAsync("schema", "apply", "--url", "file:m.db")).Expect(0);
            Assert.Contains("1 given up", (await ExamineAsync(0, "--url", "file:m.db"))["queue"].Text, StringComparison.Ordinal);
            Assert.Equal(1, (await cli.RunAsync("operations", "redrive", "--all", "--url", "file:m.db", "--json")).Expect(0).Json.GetProperty("poison").GetInt32());
            Assert.Equal("ok", (await ExamineAsync(0, "--url", "file:m.db"))["queue"].State);
            Assert.Equal("dGV4dA==", (await queue.PeekMessageAsync(TestContext.Current.CancellationToken)).Value.MessageText);
        }
        finally
        {
            await queue.DeleteIfExistsAsync(TestContext.Current.CancellationToken);
            await poison.DeleteIfExistsAsync(TestContext.Current.CancellationToken);
        }
    }

    private static string Require(string variable, string how)
    {
        var value = Environment.GetEnvironmentVariable(variable) ?? "";
        Assert.SkipWhen(value.Length == 0 && Environment.GetEnvironmentVariable("CI") != "true", $"{variable} is not set: {how}.");
        Assert.True(value.Length > 0, $"{variable} is not set: run the tests with ./test.sh.");
        return value;
    }

    private void Use(FakeOpenAI embedder, int dimensions)
    {
        cli.Variables["Memory__Embedding__Provider"] = "openai";
        cli.Variables["Memory__Embedding__OpenAI__Url"] = $"{embedder.Url}/v1";
        cli.Variables["Memory__Embedding__OpenAI__Dimensions"] = $"{dimensions}";
        cli.Variables["OPENAI_API_KEY"] = embedder.Key.Length > 0 ? embedder.Key : "any";
    }

    // Findings by check; whatever was found, nothing of a password or token was printed.
    private async Task<Dictionary<string, Found>> ExamineAsync(int exitCode, params string[] arguments)
    {
        var run = (await cli.RunAsync(["doctor", "--json", .. arguments])).Expect(exitCode);
        Assert.All(["weak-word", "wrong-word", "standard-token", "reading-token", "another-token", "AccountKey=E"], secret =>
        {
            Assert.DoesNotContain(secret, run.Output, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, run.Error, StringComparison.Ordinal);
        });
        Assert.Equal(exitCode == 2, run.Json.GetProperty("failed").GetInt32() > 0);
        return run.Json.GetProperty("findings").EnumerateArray().ToDictionary(
            finding => finding.GetProperty("check").GetString()!, // each finding has one
            finding => new Found(
                finding.GetProperty("state").GetString(), finding.GetProperty("text").GetString(),
                finding.TryGetProperty("fix", out JsonElement fix) ? fix.GetString() : null));
    }

    private sealed record Found(string? State, string? Text, string? Fix);
}
