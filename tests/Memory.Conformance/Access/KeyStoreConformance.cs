using Memory.Core;
using Xunit;

namespace Memory.Conformance;

/// <summary>What every store of keys does, whatever it is made of.</summary>
/// <typeparam name="TStore">The store that a subclass tests.</typeparam>
public abstract class KeyStoreConformance<TStore> : ConformanceSuite
    where TStore : IKeyStore
{
    [Fact]
    public async Task A_key_reads_back_as_it_was_added()
    {
        var keys = (AccessKey[])
        [
            Key("a1"),
            Key("b2") with { Name = null, ExpiresAt = null },
            Key("c3") with { Name = "Ops 'team' \"one\" % \\ \r\n\t 😀 \u202e", Grant = AccessGrant.Everything },
            Key("d4") with { Name = "", Grant = new AccessGrant(AccessScopes.Read | AccessScopes.Write, ResourceSelector.Only("user/é'\"\\😀%_*")) },
            Key("e5") with { Name = new string('n', 1_000), Grant = new AccessGrant(AccessScopes.Write, ResourceSelector.BeginningWith("日本/")), ExpiresAt = Now.AddDays(-1) },
            Key(new string('z', 64)) with { CreatedAt = Now.AddMicroseconds(123_457), ExpiresAt = Now.AddMicroseconds(7) },
        ];
        foreach (var key in keys)
        {
            Assert.True(await Keys.AddAsync(key, Token));
        }

        foreach (var key in keys)
        {
            Assert.Equal(key, await Keys.FindAsync(key.Id, Token));
        }

        Assert.Equal(keys, await WalkAsync(9));
    }

    [Fact]
    public async Task A_key_that_is_not_there_is_not_found()
    {
        await Keys.AddAsync(Key("abc"), Token);

        foreach (var id in (string[])["ab", "abcd", "ABC", "", "%", "*", "a_c", "'"])
        {
            Assert.Null(await Keys.FindAsync(id, Token));
        }
    }

    [Fact]
    public async Task A_taken_id_is_not_given_again()
    {
        var first = Key("a");
        await Keys.AddAsync(first, Token);

        Assert.False(await Keys.AddAsync(first, Token));
        Assert.False(await Keys.AddAsync(Key("a") with { Hash = new string('f', 64), Name = "thief", Grant = AccessGrant.Everything, ExpiresAt = null }, Token));
        await Keys.ExpireAsync("a", Now, Token);
        Assert.False(await Keys.AddAsync(first, Token)); // one that has expired stays

        Assert.Equal(first with { ExpiresAt = Now }, await Keys.FindAsync("a", Token));
        Assert.Single(await WalkAsync(9));
    }

    [Fact]
    public async Task Of_many_that_add_one_id_one_does()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 16).Select(caller => Task.Run(() => Keys.AddAsync(Key("a") with { Name = $"caller {caller}" }, Token), Token)));

        Assert.Single(added, one => one);
        Assert.Equal($"caller {Array.IndexOf(added, true)}", (await Keys.FindAsync("a", Token))?.Name);
    }

    [Fact]
    public async Task Many_added_at_once_are_all_there()
    {
        await Task.WhenAll(Enumerable.Range(10, 40).Select(number => Task.Run(() => Keys.AddAsync(Key($"k{number}"), Token), Token)));

        Assert.Equal(Enumerable.Range(10, 40).Select(number => $"k{number}"), (await WalkAsync(7)).Select(key => key.Id));
    }

    [Fact]
    public async Task Keys_are_listed_by_id_page_by_page()
    {
        foreach (var id in (string[])["m", "a", "10", "9", "aa", "z0", "b"])
        {
            await Keys.AddAsync(Key(id), Token);
        }

        foreach (var limit in (int[])[1, 2, 7, 9])
        {
            Assert.Equal(["10", "9", "a", "aa", "b", "m", "z0"], (await WalkAsync(limit)).Select(key => key.Id));
        }

        Assert.Equal(["b", "m"], (await Keys.ListAsync(2, "ab", Token)).Items.Select(key => key.Id)); // behind one that is not there
        Assert.Empty((await Keys.ListAsync(2, "z0", Token)).Items);
        Assert.Null((await Keys.ListAsync(2, "m", Token)).Next);
    }

    [Fact]
    public async Task There_are_no_keys_at_first()
    {
        var page = await Keys.ListAsync(9, null, Token);

        Assert.Empty(page.Items);
        Assert.Null(page.Next);
    }

    [Fact]
    public async Task A_key_expires_at_the_earliest_time_it_was_given()
    {
        await Keys.AddAsync(Key("dated") with { ExpiresAt = Now.AddDays(2) }, Token);
        await Keys.AddAsync(Key("endless") with { ExpiresAt = null }, Token);

        foreach (var (at, dated, endless) in ((DateTimeOffset, DateTimeOffset, DateTimeOffset)[])
        [
            (Now.AddDays(3), Now.AddDays(2), Now.AddDays(3)), (Now.AddDays(2), Now.AddDays(2), Now.AddDays(2)), (Now.AddMicroseconds(1), Now.AddMicroseconds(1), Now.AddMicroseconds(1)),
            (Now.AddDays(9), Now.AddMicroseconds(1), Now.AddMicroseconds(1)), (Now.AddDays(-9), Now.AddDays(-9), Now.AddDays(-9)),
        ])
        {
            Assert.True(await Keys.ExpireAsync("dated", at, Token));
            Assert.True(await Keys.ExpireAsync("endless", at, Token));
            Assert.Equal(Key("dated") with { ExpiresAt = dated }, await Keys.FindAsync("dated", Token));
            Assert.Equal(Key("endless") with { ExpiresAt = endless }, await Keys.FindAsync("endless", Token));
        }

        Assert.False(await Keys.ExpireAsync("unknown", Now, Token));
        Assert.Null(await Keys.FindAsync("unknown", Token));
    }

    [Fact]
    public async Task Of_many_times_at_once_the_earliest_stays()
    {
        await Keys.AddAsync(Key("a") with { ExpiresAt = null }, Token);

        await Task.WhenAll(Enumerable.Range(1, 16).Select(hours => Task.Run(() => Keys.ExpireAsync("a", Now.AddHours(hours), Token), Token)));

        Assert.Equal(Now.AddHours(1), (await Keys.FindAsync("a", Token))?.ExpiresAt);
    }

    [Fact]
    public async Task A_key_is_not_part_of_the_resource_it_opens()
    {
        var key = Key("a") with { Grant = new AccessGrant(AccessScopes.Read, ResourceSelector.Only("r")) };
        await Keys.AddAsync(key, Token);
        await AppendAsync("t", "r", Drafts.Messages(1));

        Assert.Equal(0, (await Store.EraseResourceAsync("r", Now, Token)).Leftovers);

        Assert.Equal(key, await Keys.FindAsync("a", Token));
        Assert.Empty((await Store.ListResourcesAsync(new ResourceListing(9), Token)).Items);
    }

    private AccessKey Key(string id) => new()
    {
        Id = id,
        Hash = Erasures.Mark(id),
        Name = $"key {id}",
        Grant = new AccessGrant(AccessScopes.Read, ResourceSelector.BeginningWith("acme/")),
        CreatedAt = Now,
        ExpiresAt = Now.AddDays(30),
    };

    private async Task<List<AccessKey>> WalkAsync(int limit)
    {
        List<AccessKey> walked = [];
        for (var page = await Keys.ListAsync(limit, null, Token); ; page = await Keys.ListAsync(limit, page.Next, Token))
        {
            Assert.True(page.Items.Count == limit || page.Next is null, "A page is full unless it is the last.");
            walked.AddRange(page.Items);
            if (page.Next is null)
            {
                return walked;
            }
        }
    }
}
