namespace Memory.Cli.Tests;

/// <summary>The verbs over keys and over times to live, on a file.</summary>
public sealed class KeyTests : IDisposable
{
    private readonly Cli cli = new();

    public KeyTests() => cli.Variables["LIBSQL_URL"] = "file:m.db";

    public void Dispose() => cli.Dispose();

    [Fact]
    public async Task A_key_is_shown_once_listed_rotated_and_revoked()
    {
        var made = (await RunAsync("keys", "create", "--resource", "ada", "--scope", "read,write", "--name", "edge", "--json")).Json;
        var (key, id) = (made.GetProperty("key").GetString()!, made.GetProperty("id").GetString()!); // both are texts
        Assert.StartsWith($"mem_{id}_", key, StringComparison.Ordinal);
        Assert.Equal("ada", made.GetProperty("resourceId").GetString());
        Assert.Equal(["read", "write"], made.GetProperty("scopes").EnumerateArray().Select(scope => scope.GetString()));
        Assert.False(made.TryGetProperty("expiresAt", out _));
        Assert.DoesNotContain(key[17..], await File.ReadAllTextAsync(cli.File("m.db"), System.Text.Encoding.Latin1, TestContext.Current.CancellationToken), StringComparison.Ordinal);

        var text = await RunAsync("keys", "create", "--prefix", "acme/", "--scope", "admin", "--expires-in", "24");
        Assert.Contains("not shown again", text.Error, StringComparison.Ordinal);
        Assert.Matches(@"key +mem_[a-z2-9]{12}_[\w-]{43}\n", text.Output);
        Assert.Matches(@"opens +acme/…\n", text.Output);

        var rotated = (await RunAsync("keys", "rotate", id, "--overlap", "0", "--json")).Json;
        Assert.Equal(("edge", "ada"), (rotated.GetProperty("name").GetString(), rotated.GetProperty("resourceId").GetString()));
        Assert.Contains($"There is no key '{id}', or it has expired.", (await cli.RunAsync("keys", "rotate", id)).Expect(1).Error, StringComparison.Ordinal);
        await RunAsync("keys", "revoke", rotated.GetProperty("id").GetString()!); // a text
        Assert.Contains("There is no key 'none'", (await cli.RunAsync("keys", "revoke", "none")).Expect(1).Error, StringComparison.Ordinal);

        var listed = await RunAsync("keys", "list", "--json");
        Assert.Equal(3, listed.JsonLines.Count);
        Assert.All(listed.JsonLines, line => Assert.False(line.TryGetProperty("key", out _)));
        Assert.Equal(3, listed.JsonLines.Count(line => line.TryGetProperty("expiresAt", out _)));
        Assert.DoesNotContain(key[17..], listed.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("keys create")]
    [InlineData("keys create --resource ada --all")]
    [InlineData("keys create --resource ada --scope root")]
    [InlineData("keys create --resource ada --scope ")]
    [InlineData("keys create --resource ada --expires-in 0")]
    public async Task What_is_wrong_with_a_key_is_said(string line) => Assert.Contains("--", (await cli.RunAsync(line.Split(' '))).Expect(64).Error, StringComparison.Ordinal);

    [Fact]
    public async Task Threads_that_have_not_changed_are_counted_first_and_removed_then()
    {
        await Seed.ConversationsAsync(new Dictionary<string, string> { ["LIBSQL_URL"] = $"file:{cli.File("m.db")}" });
        var all = (await RunAsync("threads", "list", "--resource", "ada", "--json")).JsonLines.Count;
        Assert.Equal(0, (await RunAsync("expire", "--days", "1", "--dry-run", "--json")).Json.GetProperty("found").GetInt32());
        await Seed.OnAsync(new Dictionary<string, string> { ["LIBSQL_URL"] = $"file:{cli.File("m.db")}" }, Seed.AgeAsync);

        Assert.Equal("""{"found":1,"removed":0}""", (await RunAsync("expire", "--days", "30", "--dry-run", "--json")).Output.Trim());
        Assert.Contains("--yes is needed", (await cli.RunAsync("expire", "--days", "30")).Expect(64).Error, StringComparison.Ordinal);
        Assert.Equal("""{"found":1,"removed":1}""", (await RunAsync("expire", "--days", "30", "--yes", "--json")).Output.Trim());
        Assert.Matches(@"removed +0\n", (await RunAsync("expire", "--days", "30", "--yes")).Output);
        Assert.Equal(all, (await RunAsync("threads", "list", "--resource", "ada", "--json")).JsonLines.Count);
    }

    private async Task<Run> RunAsync(params string[] arguments) => (await cli.RunAsync(arguments)).Expect(0);
}
