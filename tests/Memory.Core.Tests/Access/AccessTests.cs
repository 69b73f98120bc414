using System.Text.Json;
using CsCheck;

namespace Memory.Core.Tests;

public sealed class AccessTests
{
    [Fact]
    public void A_key_is_taken_apart_as_it_was_put_together()
    {
        var keys = Enumerable.Range(0, 1_000).Select(_ => KeyText.New()).ToList();
        Assert.Equal(1_000, keys.Select(key => key.Reveal()).Distinct().Count());
        Assert.All(keys, key =>
        {
            var parsed = KeyText.TryParse(key.Reveal());
            Assert.NotNull(parsed);
            Assert.Equal((key.Id, key.Hash()), (parsed.Id, parsed.Hash()));
            Assert.True(parsed.Matches(key.Hash()));
            Assert.DoesNotContain(key.Reveal()[17..], $"{key}", StringComparison.Ordinal);
            Assert.Equal(64, key.Hash().Length);
        });
        Assert.False(keys[0].Matches(keys[1].Hash()));
    }

    [Fact]
    public void Nothing_else_is_a_key() => Gen.String.Sample(text => Assert.Null(KeyText.TryParse(text)));

    [Theory]
    [InlineData("mem_abcdefghjkmn_tooshort")]
    [InlineData("mem_ABCDEFGHJKMN_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("mem_abcdefghjkmn-AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("xem_abcdefghjkmn_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    public void What_only_looks_like_a_key_is_none(string text) => Assert.Null(KeyText.TryParse(text));

    [Theory]
    [InlineData(null, "acme/", "acme/", true)]
    [InlineData(null, "acme/", "acme/1", true)]
    [InlineData(null, "acme/", "acme", false)]
    [InlineData(null, "acme/", "Acme/1", false)]
    [InlineData(null, "stra\u00DFe", "strasse", false)]
    [InlineData("ada", null, "ada", true)]
    [InlineData("ada", null, "ada2", false)]
    [InlineData(null, null, "anybody", true)]
    public void A_selector_includes_what_it_says(string? one, string? prefix, string resource, bool isIncluded) => Assert.Equal(isIncluded, Selector(one, prefix).Includes(resource));

    [Theory]
    [InlineData("")]
    [InlineData("a\nb")]
    public void A_selector_is_of_ids(string text)
    {
        Assert.Throws<ArgumentException>(() => ResourceSelector.Only(text));
        Assert.Throws<ArgumentException>(() => ResourceSelector.BeginningWith(text));
    }

    [Fact]
    public void A_grant_is_read_as_it_was_written() =>
        Gen.Select(Gen.Int[1, 7], Gen.String.Where(Identifier.IsValid), Gen.Int[0, 2]).Sample((scopes, id, kind) =>
        {
            var grant = new AccessGrant((AccessScopes)scopes, kind switch { 0 => ResourceSelector.All, 1 => ResourceSelector.Only(id), _ => ResourceSelector.BeginningWith(id) });
            Assert.Equal(grant, AccessGrant.FromJson(grant.ToJson()));
        });

    [Theory]
    [InlineData("null")]
    [InlineData("{}")]
    [InlineData("""{"scopes":[]}""")]
    [InlineData("""{"scopes":["root"]}""")]
    [InlineData("""{"scopes":["read"],"resource":"a","prefix":"b"}""")]
    [InlineData("""{"scopes":["read"],"everything":true}""")]
    public void A_grant_that_is_not_understood_opens_nothing(string json) => Assert.ThrowsAny<JsonException>(() => AccessGrant.FromJson(json));

    [Theory]
    [InlineData(AccessScopes.Read, AccessScopes.Read, true)]
    [InlineData(AccessScopes.Read, AccessScopes.Write, false)]
    [InlineData(AccessScopes.Read, AccessScopes.Read | AccessScopes.Write, false)]
    [InlineData(AccessScopes.Admin, AccessScopes.Read | AccessScopes.Write, true)]
    [InlineData(AccessScopes.Read | AccessScopes.Write, AccessScopes.Admin, false)]
    public void Admin_has_the_others_in_it(AccessScopes granted, AccessScopes asked, bool isAllowed) => Assert.Equal(isAllowed, new AccessGrant(granted, ResourceSelector.All).Allows(asked));

    private static ResourceSelector Selector(string? one, string? prefix) =>
        one is not null ? ResourceSelector.Only(one) : prefix is not null ? ResourceSelector.BeginningWith(prefix) : ResourceSelector.All;
}
