using Xunit;

namespace Memory.Storage.Upstash.Tests;

/// <summary>What a wrong setting is answered with before anything is sent.</summary>
public sealed class OptionsRulesTests
{
    [Theory]
    [InlineData("https://name.upstash.io")]
    [InlineData("https://name.upstash.io/")]
    [InlineData("http://127.0.0.1:8079")]
    [InlineData("http://localhost:8079/")]
    public void An_address_as_the_console_shows_it_will_do(string url) => Assert.Empty(Problems(url, "token"));

    [Theory]
    [InlineData("")]
    [InlineData("name.upstash.io")]
    [InlineData("http://name.upstash.io")]
    [InlineData("redis://default:secret@name.upstash.io:6379")]
    [InlineData("rediss://default:secret@name.upstash.io:6379")]
    [InlineData("https://name.upstash.io/pipeline")]
    [InlineData("https://name.upstash.io/?_token=secret")]
    [InlineData("https://user:secret@name.upstash.io")]
    public void A_wrong_address_is_said_without_what_may_be_secret(string url)
    {
        var problem = Assert.Single(Problems(url, "token"));
        Assert.Contains("Memory:Upstash:Url", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("to ken")]
    [InlineData("token\n")]
    [InlineData("töken")]
    public void A_wrong_token_is_said_and_not_shown(string token)
    {
        var problem = Assert.Single(Problems("https://name.upstash.io", token));
        Assert.Contains("UPSTASH_REDIS_REST_TOKEN", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("ken", problem.Replace("token", "", StringComparison.OrdinalIgnoreCase), StringComparison.Ordinal);
    }

    [Fact]
    public void An_index_of_vectors_needs_both_or_neither()
    {
        Assert.Contains("UPSTASH_VECTOR_REST_TOKEN", Assert.Single(Problems("https://a.upstash.io", "token", "https://v.upstash.io")), StringComparison.Ordinal);
        Assert.Contains("Memory:Upstash:Vector:Url", Assert.Single(Problems("https://a.upstash.io", "token", "", "token")), StringComparison.Ordinal);
        Assert.Empty(Problems("https://a.upstash.io", "token", "https://v.upstash.io/", "token"));
    }

    [Fact]
    public void Where_only_vectors_are_kept_one_of_the_services_is_enough()
    {
        Assert.Empty(Problems("", "", "https://v.upstash.io", "token", needsRedis: false));
        Assert.Empty(Problems("https://a.upstash.io", "token", needsRedis: false));
        Assert.NotEmpty(Problems("", "", needsRedis: false));
    }

    private static IEnumerable<string> Problems(string url, string token, string vectorUrl = "", string vectorToken = "", bool needsRedis = true)
    {
        var options = new UpstashOptions { Url = url, Token = token };
        (options.Vector.Url, options.Vector.Token) = (vectorUrl, vectorToken);
        return new UpstashOptionsRules(needsRedis).Validate(null, options).Failures ?? [];
    }
}
