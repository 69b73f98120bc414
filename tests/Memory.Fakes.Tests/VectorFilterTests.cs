using System.Text.Json;

namespace Memory.Fakes.Tests;

public sealed class VectorFilterTests
{
    private const string Metadata = """
        {
          "city": "Istanbul", "is_capital": false, "is_large": true, "population": 15460000, "ratio": -1.5e-3, "nothing": null, "quote": "it's", "glob": "a.b[c",
          "geography": { "continent": "Asia", "points": [[41, 28], [1, 2]] }, "industries": ["Tourism", "Textiles", "Finance", 7, true]
        }
        """;

    [Theory]
    [InlineData("", true)]
    [InlineData("city = 'Istanbul'", true)]
    [InlineData("city = \"Istanbul\"", true)]
    [InlineData("city='istanbul'", false)]
    [InlineData("city != 'Ankara'", true)]
    [InlineData("city != 'Istanbul'", false)]
    [InlineData("population >= 15460000", true)]
    [InlineData("population>15460000", false)]
    [InlineData("population < 1.6e7", true)]
    [InlineData("population <= +15459999.5", false)]
    [InlineData("ratio = -0.0015", true)]
    [InlineData("city = 1", false)]
    [InlineData("city != 1", false)]
    [InlineData("city > 1", false)]
    [InlineData("is_capital = 0", true)]
    [InlineData("is_capital = false", true)]
    [InlineData("is_large = 1 AND is_large = TRUE", true)]
    [InlineData("is_large != 0", true)]
    [InlineData("nowhere = 1", false)]
    [InlineData("nowhere != 1", false)]
    [InlineData("nothing != 1", false)]
    [InlineData("geography.continent = 'Asia'", true)]
    [InlineData("geography.continent.deeper = 'Asia'", false)]
    [InlineData("geography.points[0][1] = 28", true)]
    [InlineData("geography.points[#-1][#-2] = 1", true)]
    [InlineData("geography.points[2][0] = 1", false)]
    [InlineData("industries[0] = 'Tourism'", true)]
    [InlineData("industries[#-5] = 'Tourism'", true)]
    [InlineData("industries[#-6] = 'Tourism'", false)]
    [InlineData("industries CONTAINS 'Textiles'", true)]
    [InlineData("industries contains 7", true)]
    [InlineData("industries CONTAINS 'text'", false)]
    [InlineData("industries NOT CONTAINS 'Steel'", true)]
    [InlineData("city CONTAINS 'Istanbul'", false)]
    [InlineData("city NOT CONTAINS 'x'", false)]
    [InlineData("city IN ('Ankara', 'Istanbul')", true)]
    [InlineData("population not in (1, 2)", true)]
    [InlineData("city NOT IN ('Istanbul')", false)]
    [InlineData("nowhere NOT IN (1)", false)]
    [InlineData("city GLOB 'Ist*'", true)]
    [InlineData("city GLOB 'ist*'", false)]
    [InlineData("city GLOB '?stan*[a-u]l'", true)]
    [InlineData("city GLOB '[^A-H]stanbul'", true)]
    [InlineData("city GLOB '[^I]stanbul'", false)]
    [InlineData("city GLOB 'Istan'", false)]
    [InlineData("city NOT GLOB 'Ank*'", true)]
    [InlineData("glob GLOB 'a.b[[]c'", true)]
    [InlineData("city GLOB 'Istanb.l'", false)]
    [InlineData("population GLOB '1*'", false)]
    [InlineData("HAS FIELD city", true)]
    [InlineData("has not field nowhere", true)]
    [InlineData("HAS FIELD geography.nowhere", false)]
    [InlineData("HAS FIELD geography", true)]
    [InlineData("city = 'x' AND city = 'x' OR population > 1", true)]
    [InlineData("population > 1 OR city = 'x' AND city = 'x'", true)]
    [InlineData("(population > 1 OR city = 'x') AND city = 'x'", false)]
    [InlineData("((city = 'Istanbul'))", true)]
    [InlineData("quote = \"it's\"", true)]
    [InlineData("  city\n=\t'Istanbul'  ", true)]
    public async Task A_filter_chooses(string filter, bool isChosen)
    {
        var (status, body) = await DeleteAsync(filter);
        if (filter.Length > 0)
        {
            Assert.Equal((200, $$$"""{"result":{"deleted":{{{(isChosen ? 1 : 0)}}}}}"""), (status, body));
        }
    }

    [Theory]
    [InlineData("city")]
    [InlineData("city =")]
    [InlineData("= 'a'")]
    [InlineData("city = Istanbul")]
    [InlineData("city = 'it\\'s'")]
    [InlineData("city = 'a")]
    [InlineData("city > 'a'")]
    [InlineData("city == 'a'")]
    [InlineData("city GLOB 1")]
    [InlineData("city IN ()")]
    [InlineData("city IN 'a'")]
    [InlineData("city NOT = 'a'")]
    [InlineData("NOT (city = 'a')")]
    [InlineData("(city = 'a'")]
    [InlineData("city = 'a')")]
    [InlineData("city = 'a' AND")]
    [InlineData("city = 'a' city = 'b'")]
    [InlineData("HAS city")]
    [InlineData("1 = 1")]
    [InlineData("city = 'a'; DROP")]
    public async Task A_filter_that_is_none_is_refused(string filter)
    {
        var (status, body) = await DeleteAsync(filter);
        Assert.Equal(422, status);
        Assert.Contains("Invalid filter", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_metadata_only_what_is_missing_is_chosen()
    {
        await using var fake = await FakeUpstashVector.StartAsync(new() { IndexDelay = TimeSpan.Zero });
        using Rest rest = new(fake);
        await rest.ResultAsync("/upsert", new { id = "a", vector = new[] { 1, 0, 0 } });
        Assert.Equal(0, (await rest.ResultAsync("/query", new { vector = new[] { 1, 0, 0 }, filter = "a != 1" })).GetArrayLength());
        Assert.Equal(1, (await rest.ResultAsync("/query", new { vector = new[] { 1, 0, 0 }, filter = "HAS NOT FIELD a" })).GetArrayLength());
        Assert.Equal(1, (await rest.ResultAsync("/query", new { vector = new[] { 1, 0, 0 }, filter = "" })).GetArrayLength());
    }

    private static async Task<(int Status, string Body)> DeleteAsync(string filter)
    {
        await using var fake = await FakeUpstashVector.StartAsync();
        using Rest rest = new(fake);
        var (status, body) = await rest.SendAsync(HttpMethod.Post, "/upsert", $$"""{"id":"a","vector":[1,0,0],"metadata":{{Metadata}}}""");
        Assert.True(status == 200, body);
        return await rest.PostAsync("/delete", JsonSerializer.SerializeToElement(new { filter }));
    }
}
